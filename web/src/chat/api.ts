/** The chat API over fetch: one function per route, every failure one of two errors. */

import { readHistory, readSession, readTurn, type HistoryPage, type Session, type Turn } from './wire'
import type { Locale } from '../locale'

/** The server answered, and refused. `retryAfter` is in seconds, null when it named none. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string | null,
    readonly retryAfter: number | null,
  ) {
    super(`${status} ${code ?? ''}`.trim())
    this.name = 'ApiError'
  }
}

/** No answer came: whether the server did anything is not known. */
export class ConnectionError extends Error {
  constructor(cause: unknown) {
    super('no answer from the server', { cause })
    this.name = 'ConnectionError'
  }
}

export type Outgoing = { text: string } | { payload: string } | { attachment_id: string }

export interface ChatApi {
  createSession(locale: Locale, identity: string | null): Promise<Session>
  signIn(token: string, identity: string): Promise<Session>
  send(token: string, clientMessageId: string, body: Outgoing): Promise<Turn>
  history(token: string, after: string | null): Promise<HistoryPage>
  upload(token: string, file: File): Promise<string>
  attachment(token: string, id: string): Promise<Blob>
  rate(token: string, messageId: string, helpful: boolean, comment: string | null): Promise<void>
  openEvents(token: string, lastEventId: string | null, signal: AbortSignal): Promise<Response>
}

/** Seconds that the server is given to answer within the request; later replies come as events. */
const WAIT_SECONDS = 10
/** Milliseconds after which a request counts as lost. */
const REQUEST_TIMEOUT = 30_000

/** `Retry-After` as seconds: a number, or a date relative to `now` (milliseconds). */
export function readRetryAfter(value: string | null, now: number): number | null {
  if (value === null || value.trim() === '') return null
  const seconds = Number(value)
  if (Number.isFinite(seconds)) return Math.max(0, seconds)
  const date = Date.parse(value)
  return Number.isNaN(date) ? null : Math.max(0, (date - now) / 1000)
}

async function refusal(response: Response): Promise<ApiError> {
  const problem: unknown = await response.json().catch(() => null)
  const code = typeof problem === 'object' && problem !== null && 'code' in problem ? problem.code : null
  const retryAfter = readRetryAfter(response.headers.get('Retry-After'), Date.now())
  return new ApiError(response.status, typeof code === 'string' ? code : null, retryAfter)
}

/** The API below `base` ("/api/v1"). `fetcher` is replaced in tests. */
export function createApi(base: string, fetcher: typeof fetch = (input, init) => fetch(input, init)): ChatApi {
  async function request(path: string, init: RequestInit, token: string | null): Promise<Response> {
    const headers = new Headers(init.headers)
    headers.set('Accept', headers.get('Accept') ?? 'application/json')
    if (token !== null) headers.set('Authorization', `Bearer ${token}`)
    let response: Response
    try {
      response = await fetcher(base + path, { credentials: 'omit', cache: 'no-store', ...init, headers })
    } catch (error) {
      throw new ConnectionError(error)
    }
    if (!response.ok) throw await refusal(response)
    return response
  }

  /** A request with a JSON answer; an answer that breaks off or is no JSON counts as none. */
  async function call(method: string, path: string, token: string | null, body?: unknown): Promise<[Response, unknown]> {
    const init: RequestInit = { method, signal: AbortSignal.timeout(REQUEST_TIMEOUT) }
    if (body instanceof FormData) init.body = body
    else if (body !== undefined) {
      init.headers = { 'Content-Type': 'application/json' }
      init.body = JSON.stringify(body)
    }
    const response = await request(path, init, token)
    if (response.status === 204) return [response, null]
    try {
      return [response, await response.json()]
    } catch (error) {
      throw new ConnectionError(error)
    }
  }

  async function session(path: string, token: string | null, body: object): Promise<Session> {
    const [, answer] = await call('POST', path, token, body)
    const opened = readSession(answer)
    if (opened === null) throw new ConnectionError('the session has no token')
    return opened
  }

  return {
    createSession: (locale, identity) =>
      session('/chat/sessions', null, identity === null ? { locale } : { locale, identity }),

    signIn: (token, identity) => session('/chat/identity', token, { identity }),

    async send(token, clientMessageId, body) {
      const message = { client_message_id: clientMessageId, ...body }
      const [response, answer] = await call('POST', `/chat/messages?wait=${WAIT_SECONDS}`, token, message)
      return readTurn(answer, response.status !== 202)
    },

    async history(token, after) {
      const from = after === null ? '' : `&after=${encodeURIComponent(after)}`
      const [, answer] = await call('GET', `/chat/messages?limit=50${from}`, token)
      return readHistory(answer)
    },

    async upload(token, file) {
      const form = new FormData()
      form.append('file', file, file.name)
      const [, answer] = await call('POST', '/chat/attachments', token, form)
      const id = (answer as { attachment_id?: unknown } | null)?.attachment_id
      if (typeof id !== 'string') throw new ConnectionError('the attachment has no id')
      return id
    },

    async attachment(token, id) {
      const init = { signal: AbortSignal.timeout(REQUEST_TIMEOUT), headers: { Accept: 'image/*' } }
      const response = await request(`/chat/attachments/${encodeURIComponent(id)}`, init, token)
      return response.blob()
    },

    async rate(token, messageId, helpful, comment) {
      const path = `/chat/messages/${encodeURIComponent(messageId)}/feedback`
      await call('POST', path, token, comment === null ? { helpful } : { helpful, comment })
    },

    openEvents(token, lastEventId, signal) {
      const headers: Record<string, string> = { Accept: 'text/event-stream' }
      if (lastEventId !== null) headers['Last-Event-ID'] = lastEventId
      return request('/chat/events', { headers, signal }, token)
    },
  }
}
