import { describe, expect, test } from 'vitest'
import { ApiError } from './api'
import { EventParser, followEvents, type ServerEvent, type StreamOptions } from './events'

describe('the parser', () => {
  const STREAM =
    '\uFEFF: connected\n\nid: 7\nevent: message\ndata: {"text":\ndata: "안녕 👋"}\n\n' +
    'retry: 2000\r\nid: 8\r\nevent: state\r\ndata: {}\r\n\r\ndata:no space\rid\r\rdata\n\n'
  const EVENTS: ServerEvent[] = [
    { event: 'message', data: '{"text":\n"안녕 👋"}', id: '7' },
    { event: 'state', data: '{}', id: '8' },
    { event: 'message', data: 'no space', id: '' },
    { event: 'message', data: '', id: '' },
  ]

  test('reads a whole stream', () => {
    expect(new EventParser().push(STREAM)).toEqual(EVENTS)
  })

  test('reads the same wherever the network cut it', () => {
    for (let cut = 0; cut <= STREAM.length; cut += 1) {
      const parser = new EventParser()
      expect([...parser.push(STREAM.slice(0, cut)), ...parser.push(STREAM.slice(cut))]).toEqual(EVENTS)
    }
    const parser = new EventParser()
    expect(Array.from(STREAM).flatMap((letter) => parser.push(letter))).toEqual(EVENTS)
  })

  test('drops an event that never ended, and an id with a null byte', () => {
    expect(new EventParser().push('id: 1\0\ndata: a\n\ndata: half\n')).toEqual([{ event: 'message', data: 'a', id: '' }])
  })
})

function body(...chunks: Uint8Array[]): Response {
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    },
  })
  return new Response(stream)
}

describe('following', () => {
  function options(opens: (StreamOptions['open'] extends (...args: infer A) => unknown ? (...args: A) => Response | Error : never)[]) {
    const asked: (string | null)[] = []
    const events: ServerEvent[] = []
    const pauses: number[] = []
    const stop = new AbortController()
    const given: StreamOptions = {
      open(lastEventId, signal) {
        asked.push(lastEventId)
        const next = opens[asked.length - 1]
        if (next === undefined) throw new Error('opened too often')
        const answer = next(lastEventId, signal)
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
      },
      onOpen: () => undefined,
      onEvent: (event) => events.push(event),
      onDown: () => undefined,
      sleep(milliseconds) {
        pauses.push(milliseconds)
        if (asked.length === opens.length) stop.abort()
        return Promise.resolve()
      },
      random: () => 1,
      idle: 60_000,
    }
    return { given, asked, events, pauses, signal: stop.signal }
  }

  test('resumes after the last id seen, with growing pauses while it cannot', async () => {
    const bytes = new TextEncoder().encode('id: 41\ndata: 안\n\nid: 42\ndata: 녕\n\n')
    const cut = 15 // in the middle of a Hangul letter's three bytes
    const run = options([
      () => body(bytes.slice(0, cut), bytes.slice(cut)),
      () => new TypeError('offline'),
      () => new TypeError('offline'),
      () => body(),
    ])
    await followEvents(run.given, run.signal)
    expect(run.events.map((event) => event.data)).toEqual(['안', '녕'])
    expect(run.asked).toEqual([null, '42', '42', '42'])
    expect(run.pauses).toEqual([500, 1000, 2000, 4000])
  })

  test('gives up when the token is not valid any more', async () => {
    const run = options([() => new ApiError(401, 'token_expired', null)])
    await expect(followEvents(run.given, run.signal)).rejects.toMatchObject({ status: 401 })
  })

  test('takes a silent connection for dead', async () => {
    const run = options([
      (_, signal) => new Response(new ReadableStream({ start(controller) { signal.addEventListener('abort', () => { controller.error(new Error('aborted')) }) } })),
    ])
    await followEvents({ ...run.given, idle: 5 }, run.signal)
    expect(run.pauses).toHaveLength(1)
  })
})
