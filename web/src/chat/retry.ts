/** Trying again: what is worth it, how long to wait, and when to give up. */

import { ApiError, ConnectionError } from './api'

export type Trouble = 'offline' | 'busy' | 'unavailable'

export interface RetryOptions {
  /** Resolves after so many milliseconds. */
  sleep: (milliseconds: number) => Promise<void>
  /** 0 (inclusive) to 1 (exclusive), so that many pages do not come back at the same moment. */
  random: () => number
  attempts: number
  onRetry?: (trouble: Trouble, milliseconds: number) => void
}

const FIRST_DELAY = 500
const LONGEST_DELAY = 20_000
const LONGEST_RETRY_AFTER = 120

/** What kind of trouble another attempt may get past; null when the answer would be the same again. */
export function trouble(error: unknown): Trouble | null {
  if (error instanceof ConnectionError) return 'offline'
  if (!(error instanceof ApiError)) return null
  if (error.status === 429) return 'busy'
  return error.status >= 500 ? 'unavailable' : null
}

/** Milliseconds before attempt `attempt` + 1: doubling, half of it random. */
export function backoff(attempt: number, random: () => number): number {
  const ceiling = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (attempt - 1))
  return Math.round(ceiling / 2 + (ceiling / 2) * random())
}

/**
 * Calls `attempt` until it succeeds. The server's Retry-After is kept to; a wait longer than two minutes, a refusal
 * that would not change and the last failure are thrown. Only for calls that may be made twice: reads, and messages
 * that carry the same client_message_id each time.
 */
export async function withRetries<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  for (let count = 1; ; count += 1) {
    try {
      return await attempt()
    } catch (error) {
      const kind = trouble(error)
      if (kind === null || count >= options.attempts) throw error
      const asked = error instanceof ApiError ? error.retryAfter : null
      if (asked !== null && asked > LONGEST_RETRY_AFTER) throw error
      const delay = asked === null ? backoff(count, options.random) : Math.max(asked * 1000, 250)
      options.onRetry?.(kind, delay)
      await options.sleep(delay)
    }
  }
}
