import { beforeEach, describe, expect, test, vi } from 'vitest'
import { createApi } from './api'
import { startConversation, type Status } from './conversation'
import { fakeServer, json, problem, reply, turn, type Answer, type Recorded } from './fake-server'
import { SESSION_KEY } from './session'

function open(answers: Record<string, ((request: Recorded) => Answer)[]> = {}) {
  const server = fakeServer(answers)
  const pauses: number[] = []
  const incoming: string[] = []
  const statuses: Status[] = []
  const conversation = startConversation({
    api: createApi('/api/v1', server.fetcher),
    locale: () => 'ko',
    random: () => 1,
    sleep(milliseconds) {
      pauses.push(milliseconds)
      // The pause between two polls for a late answer never ends within a test.
      return milliseconds === 15_000 ? new Promise(() => undefined) : Promise.resolve()
    },
    onLog: () => undefined,
    onStatus: (status) => statuses.push({ ...status }),
    onIncoming: (message) => incoming.push(message.text),
  })
  const shown = () => conversation.log.entries().map((entry) => {
    if (entry.kind === 'notice') return `(${entry.notice})`
    return entry.kind === 'outgoing' ? `> ${entry.text} ${entry.failure ?? entry.delivery}` : `${entry.message.author}: ${entry.message.text}`
  })
  return { server, conversation, shown, pauses, incoming, statuses }
}

function stored(): void {
  localStorage.setItem(SESSION_KEY, JSON.stringify({ token: 'old', conversation_id: 'c0', customer: { id: '7', name: '한별' } }))
}

function history(...messages: object[]): () => Response {
  return () => json(200, { messages, next: null })
}

beforeEach(() => {
  localStorage.clear()
})

describe('sending', () => {
  test('opens a session with the first message and shows the reply once, however often it comes', async () => {
    const { conversation, server, shown } = open({ 'POST /messages': [() => json(200, turn('m1', '안녕', [reply('r1', '어서 오세요')]))] })
    expect(server.requests).toHaveLength(0)
    await conversation.say('안녕')
    server.push('message', reply('r1', '어서 오세요'))
    server.push('message', { id: 'm1', author: 'customer', text: '안녕', created_at: '2031-01-05T12:00:00+09:00' })
    server.push('state', { state: 'bot', staff: null })
    await vi.waitFor(() => { expect(conversation.status().connection).toBe('live') })
    expect(server.sent('POST /sessions').map((request) => request.body)).toEqual([{ locale: 'ko' }])
    expect(shown()).toEqual(['> 안녕 sent', 'bot: 어서 오세요'])
  })

  test('repeats a lost message under the same id', async () => {
    const { conversation, server, shown, pauses } = open({
      'POST /messages': [() => new TypeError('reset'), () => problem(503, 'store_unavailable'), () => json(200, turn('m1', 'hi', [reply('r1', 'Hello')]))],
    })
    await conversation.say('hi')
    const ids = server.sent('POST /messages').map((request) => (request.body as { client_message_id: string }).client_message_id)
    expect(ids).toHaveLength(3)
    expect(new Set(ids).size).toBe(1)
    expect(pauses).toEqual([500, 1000])
    expect(shown()).toEqual(['> hi sent', 'bot: Hello'])
  })

  test('gives up visibly, and sends again under the same id when asked to', async () => {
    const down = () => problem(503, 'store_unavailable')
    const { conversation, server, shown } = open({
      'POST /messages': [down, down, down, down, down, down, () => json(200, turn('m1', 'hi', []))],
    })
    await conversation.say('hi')
    expect(shown()).toEqual(['> hi unavailable'])
    const [entry] = conversation.log.entries()
    if (entry?.kind !== 'outgoing') throw new Error('no message')
    await conversation.sendAgain(entry)
    expect(shown()).toEqual(['> hi sent'])
    expect(server.sent('POST /messages').at(-1)?.body).toEqual({ client_message_id: entry.key, text: 'hi' })
  })

  test('does not repeat a refused message', async () => {
    const { conversation, shown, pauses } = open({ 'POST /messages': [() => problem(422, 'text_too_long'), () => problem(409, 'message_id_reused')] })
    await conversation.say('long')
    await conversation.say('odd')
    expect(shown()).toEqual(['> long too_long', '> odd rejected'])
    expect(pauses).toEqual([])
  })

  test('keeps the order of messages when one needs a second attempt', async () => {
    let failOnce = true
    const served: string[] = []
    const take = (request: Recorded): Answer => {
      const { text } = request.body as { text: string }
      if (failOnce) {
        failOnce = false
        return new TypeError('reset')
      }
      served.push(text)
      return json(200, turn(`m-${text}`, text, []))
    }
    const { conversation } = open({ 'POST /messages': [take, take, take] })
    const first = conversation.say('one')
    await vi.waitFor(() => { expect(failOnce).toBe(false) })
    await Promise.all([first, conversation.say('two')])
    expect(served).toEqual(['one', 'two'])
  })

  test('shows the title of a button, and sends its payload', async () => {
    const { conversation, server, shown } = open({ 'POST /messages': [() => json(200, turn('m1', '더 보기', []))] })
    await conversation.choose({ title: '더 보기', payload: '/more{"page":2}' })
    expect(server.sent('POST /messages')[0]?.body).toMatchObject({ payload: '/more{"page":2}' })
    expect(server.sent('POST /messages')[0]?.body).not.toHaveProperty('text')
    expect(shown()).toEqual(['> 더 보기 sent'])
  })

  test('stores a picture once, however often its message is sent', async () => {
    const { conversation, server } = open({
      'POST /attachments': [() => json(201, { attachment_id: 'a1' })],
      'POST /messages': [() => new TypeError('reset'), () => json(200, turn('m1', '', []))],
    })
    await conversation.sendPicture(new File(['x'], 'bag.png', { type: 'image/png' }))
    expect(server.sent('POST /attachments')).toHaveLength(1)
    expect(server.sent('POST /messages').map((request) => request.body)).toMatchObject([{ attachment_id: 'a1' }, { attachment_id: 'a1' }])
  })
})

describe('late answers', () => {
  test('202: says so, until the answer comes as an event', async () => {
    const { conversation, server, incoming } = open({ 'POST /messages': [() => json(202, turn('m1', 'hi', []))] })
    await conversation.say('hi')
    expect(conversation.status()).toMatchObject({ late: true, typing: null })
    await vi.waitFor(() => { expect(conversation.status().connection).toBe('live') })
    server.push('message', reply('r1', 'Sorry for the wait'))
    await vi.waitFor(() => { expect(incoming).toEqual(['Sorry for the wait']) })
    expect(conversation.status().late).toBe(false)
  })

  test('an answer that overtakes its request leaves nothing late', async () => {
    const { conversation, server } = open({
      'POST /messages': [
        () => {
          server.push('message', { id: 'm1', author: 'customer', text: 'hi', created_at: '2031-01-05T12:00:00+09:00' })
          server.push('message', reply('r1', 'Hello'))
          return json(202, turn('m1', 'hi', [reply('r1', 'Hello')]))
        },
      ],
    })
    await conversation.say('hi')
    expect(conversation.status().late).toBe(false)
    expect(conversation.log.entries()).toHaveLength(2)
  })
})

describe('staff', () => {
  test('are named while they answer, and the assistant does not seem to write', async () => {
    const { conversation, server, statuses } = open({ 'POST /messages': [() => json(200, turn('m1', 'person', []))] })
    await conversation.say('person')
    await vi.waitFor(() => { expect(conversation.status().connection).toBe('live') })
    server.push('state', { state: 'waiting_for_staff', staff: null })
    server.push('state', { state: 'staff', staff: { name: '김하늘' } })
    server.push('typing', { author: 'staff' })
    server.push('message', { ...reply('s1', '안녕하세요'), author: 'staff', staff: { name: '김하늘' } })
    server.push('state', { state: 'bot', staff: null })
    await vi.waitFor(() => {
      expect(statuses.map(({ state, staffName, typing }) => [state, staffName, typing]).slice(-5)).toEqual([
        ['waiting_for_staff', null, null],
        ['staff', '김하늘', null],
        ['staff', '김하늘', 'staff'],
        ['staff', '김하늘', null],
        ['bot', null, null],
      ])
    })
  })
})

describe('resuming', () => {
  test('reads the whole history page by page, then follows events', async () => {
    stored()
    const { conversation, server, shown } = open({
      'GET /messages': [() => json(200, { messages: [reply('r1', 'one')], next: 'r1' }), () => json(200, { messages: [reply('r2', 'two')], next: null })],
    })
    await conversation.resume()
    expect(server.sent('GET /messages').map((request) => request.path).slice(0, 2)).toEqual(['/messages?limit=50', '/messages?limit=50&after=r1'])
    expect(server.requests[0]?.headers.get('Authorization')).toBe('Bearer old')
    expect(shown()).toEqual(['bot: one', 'bot: two'])
    expect(conversation.status().customer?.name).toBe('한별')
  })

  test('puts what was missed before what was stored after it', async () => {
    stored()
    const missed = { ...reply('s1', 'missed'), author: 'staff', created_at: '2031-01-05T11:00:00+09:00' }
    const { conversation, shown } = open({
      'GET /messages': [history(), history(missed)],
      'GET /events': [() => new TypeError('offline'), () => new TypeError('offline')],
      'POST /messages': [() => json(200, turn('m1', 'hi', []))],
    })
    await conversation.resume()
    await conversation.say('hi')
    await vi.waitFor(() => { expect(shown()).toEqual(['staff: missed', '> hi sent']) })
  })

  test('an expired token is forgotten, and the next message opens a new session', async () => {
    stored()
    const { conversation, server, shown } = open({
      'GET /messages': [() => problem(401, 'token_expired')],
      'POST /messages': [() => json(200, turn('m1', 'hi', []))],
    })
    await conversation.resume()
    expect(shown()).toEqual(['(expired)'])
    expect(server.sent('POST /sessions')).toHaveLength(0)
    await conversation.say('hi')
    expect(shown()).toEqual(['(expired)', '> hi sent'])
    expect(server.sent('POST /messages')[0]?.headers.get('Authorization')).toBe('Bearer token-1')
  })

  test('a token that expires while sending is replaced, once, under the same message id', async () => {
    stored()
    const { conversation, server, shown } = open({
      'POST /messages': [() => problem(401, 'token_expired'), () => problem(401, 'token_expired'), () => json(200, turn('m1', 'a', [])), () => json(200, turn('m2', 'b', []))],
    })
    await conversation.resume()
    await Promise.all([conversation.say('a'), conversation.say('b')])
    expect(server.sent('POST /sessions')).toHaveLength(1)
    expect(shown()).toEqual(['> a sent', '> b sent', '(expired)'])
  })
})

describe('signing in', () => {
  const session = (status: number, id: string) => () => json(status, { token: `as-${id}`, conversation_id: id, customer: { id: '7', name: '한별' } })

  test('keeps the running conversation', async () => {
    stored()
    const { conversation, server, shown } = open({ 'GET /messages': [history(reply('r1', 'one'))], 'POST /identity': [session(200, 'c0')] })
    await conversation.resume()
    await conversation.signIn('jwt')
    expect(shown()).toEqual(['bot: one', '(signed_in)'])
    expect(server.sent('POST /identity')[0]?.body).toEqual({ identity: 'jwt' })
    expect(localStorage.getItem(SESSION_KEY)).toContain('as-c0')
  })

  test('begins another conversation when the running one is another customer’s', async () => {
    stored()
    const { conversation, shown } = open({
      'GET /messages': [history(reply('r1', 'not yours'))],
      'POST /identity': [() => problem(409, 'other_customer')],
      'POST /sessions': [session(201, 'c9')],
    })
    await conversation.resume()
    await conversation.signIn('jwt')
    expect(shown()).toEqual(['(signed_in)'])
  })

  test('a bad identity changes nothing', async () => {
    stored()
    const { conversation, shown } = open({
      'GET /messages': [history(reply('r1', 'one'))],
      'POST /identity': [() => problem(401, 'identity_invalid')],
      'POST /sessions': [() => problem(401, 'identity_invalid')],
    })
    await conversation.resume()
    await conversation.signIn('forged')
    expect(shown()).toEqual(['bot: one', '(sign_in_failed)'])
    expect(localStorage.getItem(SESSION_KEY)).toContain('"old"')
  })

  test('signing out forgets the conversation on this device', async () => {
    stored()
    const { conversation, shown } = open({ 'GET /messages': [history(reply('r1', 'one'))] })
    await conversation.resume()
    conversation.signOut()
    expect(shown()).toEqual(['(signed_out)'])
    expect(localStorage.getItem(SESSION_KEY)).toBeNull()
    expect(conversation.status()).toMatchObject({ customer: null, connection: 'idle' })
  })
})
