import { describe, expect, test } from 'vitest'
import { ApiError, ConnectionError, createApi, readRetryAfter } from './api'
import { fakeServer, json, problem, turn } from './fake-server'
import { backoff, withRetries } from './retry'

describe('the API client', () => {
  test('sends the token, the message id and a time to wait', async () => {
    const server = fakeServer({ 'POST /messages': [() => json(200, turn('m1', '안녕', []))] })
    const answer = await createApi('/api/v1', server.fetcher).send('secret', 'id-1', { text: '안녕' })
    const [request] = server.requests
    expect(request?.path).toBe('/messages?wait=10')
    expect(request?.headers.get('Authorization')).toBe('Bearer secret')
    expect(request?.body).toEqual({ client_message_id: 'id-1', text: '안녕' })
    expect(answer).toMatchObject({ done: true, state: 'bot', message: { id: 'm1' } })
  })

  test('tells 202 from 200', async () => {
    const server = fakeServer({ 'POST /messages': [() => json(202, turn('m1', 'hi', []))] })
    expect(await createApi('/api/v1', server.fetcher).send('t', 'id', { payload: '/more' })).toMatchObject({ done: false })
  })

  test('turns a refusal into its status, code and Retry-After', async () => {
    const server = fakeServer({ 'POST /messages': [() => problem(429, 'too_many_requests', { 'Retry-After': '7' })] })
    const sending = createApi('/api/v1', server.fetcher).send('t', 'id', { text: 'x' })
    await expect(sending).rejects.toMatchObject({ status: 429, code: 'too_many_requests', retryAfter: 7 })
  })

  test('takes an answer that breaks off for none', async () => {
    const server = fakeServer({ 'POST /messages': [() => new Response('{"message"')] })
    await expect(createApi('/api/v1', server.fetcher).send('t', 'id', { text: 'x' })).rejects.toBeInstanceOf(ConnectionError)
  })

  test('uploads a picture as a form and resumes events by header', async () => {
    const server = fakeServer({ 'POST /attachments': [() => json(201, { attachment_id: 'a1' })] })
    const api = createApi('/api/v1', server.fetcher)
    expect(await api.upload('t', new File(['x'], 'a.png', { type: 'image/png' }))).toBe('a1')
    expect(server.requests[0]?.body).toBeInstanceOf(FormData)
    await api.openEvents('t', '42', new AbortController().signal)
    expect(server.requests[1]?.headers.get('Last-Event-ID')).toBe('42')
  })

  test('reads Retry-After as seconds and as a date', () => {
    expect(readRetryAfter('3', 0)).toBe(3)
    expect(readRetryAfter('Thu, 01 Jan 1970 00:01:00 GMT', 0)).toBe(60)
    expect(readRetryAfter('soon', 0)).toBeNull()
    expect(readRetryAfter(null, 0)).toBeNull()
  })
})

describe('trying again', () => {
  function attempts(...errors: Error[]) {
    const pauses: number[] = []
    const options = { attempts: 4, random: () => 1, sleep: (pause: number) => { pauses.push(pause); return Promise.resolve() } }
    let count = 0
    const run = () => withRetries(() => {
      const error = errors[count]
      count += 1
      return error === undefined ? Promise.resolve(count) : Promise.reject(error)
    }, options)
    return { run, pauses }
  }
  const offline = new ConnectionError(null)

  test('goes on after a lost connection and a server in trouble', async () => {
    const { run, pauses } = attempts(offline, new ApiError(503, 'store_unavailable', null))
    expect(await run()).toBe(3)
    expect(pauses).toEqual([500, 1000])
  })

  test('waits as long as the server asks', async () => {
    const { run, pauses } = attempts(new ApiError(429, null, 3))
    await run()
    expect(pauses).toEqual([3000])
  })

  test('does not repeat what would be refused again, nor for ever, nor after minutes', async () => {
    await expect(attempts(new ApiError(422, 'text_too_long', null)).run()).rejects.toMatchObject({ status: 422 })
    await expect(attempts(offline, offline, offline, offline).run()).rejects.toBe(offline)
    await expect(attempts(new ApiError(503, null, 3600)).run()).rejects.toMatchObject({ status: 503 })
  })

  test('pauses grow to a limit and differ between pages', () => {
    expect([1, 2, 3, 4, 20].map((count) => backoff(count, () => 0))).toEqual([250, 500, 1000, 2000, 10000])
    expect(backoff(20, () => 0.9999)).toBeLessThanOrEqual(20_000)
  })
})
