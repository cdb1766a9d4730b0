/** The event stream: Server-Sent Events over fetch, because EventSource cannot send the Bearer header. */

import { ApiError } from './api'
import { backoff } from './retry'

export interface ServerEvent {
  event: string
  data: string
  /** The last id seen up to and including this event, empty when there was none. */
  id: string
}

/** Splits the stream's text into events, wherever the network happened to cut it (WHATWG HTML, 9.2.6). */
export class EventParser {
  private rest = ''
  private atStart = true
  private afterReturn = false
  private event = ''
  private data: string[] = []
  private id = ''

  push(chunk: string): ServerEvent[] {
    let text = chunk
    if (this.atStart && text !== '') {
      this.atStart = false
      if (text.startsWith('\uFEFF')) text = text.slice(1)
    }
    // A line may end in CR LF of which the LF comes with the next chunk.
    if (this.afterReturn && text !== '') {
      this.afterReturn = false
      if (text.startsWith('\n')) text = text.slice(1)
    }
    this.afterReturn = text.endsWith('\r')
    const lines = (this.rest + text).split(/\r\n|\n|\r/)
    this.rest = lines.pop() ?? ''
    return lines.map((line) => this.line(line)).filter((event) => event !== null)
  }

  private line(line: string): ServerEvent | null {
    if (line === '') return this.dispatch()
    const colon = line.indexOf(':')
    if (colon === 0) return null
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'event') this.event = value
    else if (field === 'data') this.data.push(value)
    else if (field === 'id' && !value.includes('\0')) this.id = value
    return null
  }

  private dispatch(): ServerEvent | null {
    const complete = { event: this.event === '' ? 'message' : this.event, data: this.data.join('\n'), id: this.id }
    const empty = this.data.length === 0
    this.event = ''
    this.data = []
    return empty ? null : complete
  }
}

export interface StreamOptions {
  /** Opens the stream after the event with this id, from now on with null. */
  open: (lastEventId: string | null, signal: AbortSignal) => Promise<Response>
  onOpen: () => void
  onEvent: (event: ServerEvent) => void
  /** The stream broke; it is opened again by itself. */
  onDown: () => void
  sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>
  random: () => number
  /** Milliseconds without a byte after which a connection counts as dead (the server sends comments meanwhile). */
  idle: number
}

/**
 * Follows the stream until `signal` aborts, opening it again with growing pauses and Last-Event-ID.
 * Throws ApiError 401 when the token is not valid any more: only a new session helps then.
 */
export async function followEvents(options: StreamOptions, signal: AbortSignal): Promise<void> {
  let lastId: string | null = null
  let failures = 0
  const stopped = (): boolean => signal.aborted
  while (!stopped()) {
    try {
      await readOnce(options, lastId, signal, () => {
        failures = 0
      }, (event) => {
        if (event.id !== '') lastId = event.id
        options.onEvent(event)
      })
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) throw error
    }
    if (stopped()) return
    failures += 1
    options.onDown()
    await options.sleep(backoff(failures, options.random), signal)
  }
}

async function readOnce(
  options: StreamOptions,
  lastId: string | null,
  signal: AbortSignal,
  onBytes: () => void,
  onEvent: (event: ServerEvent) => void,
): Promise<void> {
  const connection = new AbortController()
  const stop = (): void => {
    connection.abort()
  }
  signal.addEventListener('abort', stop)
  let timer = setTimeout(stop, options.idle)
  try {
    const response = await options.open(lastId, connection.signal)
    if (response.body === null) return
    options.onOpen()
    const reader = response.body.getReader()
    const decoder = new TextDecoder()
    const parser = new EventParser()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      clearTimeout(timer)
      timer = setTimeout(stop, options.idle)
      onBytes()
      for (const event of parser.push(decoder.decode(value, { stream: true }))) onEvent(event)
    }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}
