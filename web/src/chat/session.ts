/** The session kept across reloads, and the one place where a new one is opened. */

import { readStored, writeStored, type Locale } from '../locale'
import { ApiError, type ChatApi } from './api'
import { withRetries, type RetryOptions } from './retry'
import { readSession, type Session } from './wire'

export const SESSION_KEY = 'dangol.session'

export function storedSession(): Session | null {
  const raw = readStored(SESSION_KEY)
  if (raw === null) return null
  try {
    return readSession(JSON.parse(raw))
  } catch {
    return null
  }
}

export function storeSession(session: Session | null): void {
  if (session === null) writeStored(SESSION_KEY, null)
  else {
    const { token, conversationId, expiresAt, customer } = session
    writeStored(SESSION_KEY, JSON.stringify({ token, conversation_id: conversationId, expires_at: expiresAt, customer }))
  }
}

export interface SessionKeeper {
  /** The session as it is, null before the first message. */
  current: () => Session | null
  /** Runs a call with a token. Opens a session when there is none, and once more when the token has expired. */
  withToken: <T>(call: (token: string) => Promise<T>) => Promise<T>
  /** Signs in, in the running conversation where there is one. Throws ApiError 401 for a bad identity, keeping the session. */
  signIn: (identity: string) => Promise<Session>
  /** The token is not valid any more; the next message opens a new session. */
  expire: (token: string) => void
  forget: () => void
}

/** `onChange` hears of every session that replaces another; `expired` says that the old one was not valid any more. */
export function keepSession(
  api: ChatApi,
  locale: () => Locale,
  retry: RetryOptions,
  onChange: (session: Session | null, expired: boolean) => void,
): SessionKeeper {
  let session = storedSession()
  let opening: Promise<Session> | null = null

  function replace(next: Session | null, expired: boolean): void {
    session = next
    storeSession(next)
    onChange(next, expired)
  }

  function open(expired: boolean): Promise<Session> {
    // Two messages sent at once share one new session. Nobody is signed in by it: the identity is not kept.
    opening ??= withRetries(() => api.createSession(locale(), null), retry)
      .then((next) => {
        replace(next, expired)
        return next
      })
      .finally(() => {
        opening = null
      })
    return opening
  }

  async function withToken<T>(call: (token: string) => Promise<T>): Promise<T> {
    const { token } = session ?? (await open(false))
    try {
      return await call(token)
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error
      const fresh = session !== null && session.token !== token ? session : await open(true)
      return call(fresh.token)
    }
  }

  async function signIn(identity: string): Promise<Session> {
    const next = session === null ? await openAs(identity) : await signInWithin(session.token, identity)
    replace(next, false)
    return next
  }

  function openAs(identity: string): Promise<Session> {
    return withRetries(() => api.createSession(locale(), identity), retry)
  }

  async function signInWithin(token: string, identity: string): Promise<Session> {
    try {
      return await withRetries(() => api.signIn(token, identity), retry)
    } catch (error) {
      // 401 is the identity's fault or the token's: a new session tells which. 409: this chat is another customer's.
      if (error instanceof ApiError && (error.status === 401 || error.status === 409)) return openAs(identity)
      throw error
    }
  }

  return {
    current: () => session,
    withToken,
    signIn,
    expire(token) {
      if (session?.token === token) replace(null, true)
    },
    forget() {
      replace(null, false)
    },
  }
}
