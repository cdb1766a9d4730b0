/** For tests: a server in memory that answers `fetch`, with whatever answers it is told to give first. */

export interface Recorded {
  method: string
  path: string
  headers: Headers
  body: unknown
}

export type Answer = Response | Error

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json', ...headers } })
}

export function problem(status: number, code: string, headers: Record<string, string> = {}): Response {
  return json(status, { type: 'about:blank', status, code }, headers)
}

export function reply(id: string, text: string, more: object = {}): object {
  return { id, author: 'bot', text, created_at: '2031-01-05T12:00:01+09:00', ...more }
}

export function turn(id: string, text: string, replies: object[], more: object = {}): object {
  return { message: { id, text, created_at: '2031-01-05T12:00:00+09:00' }, replies, state: 'bot', ...more }
}

export function fakeServer(answers: Record<string, ((request: Recorded) => Answer)[]>) {
  const requests: Recorded[] = []
  const streams: ReadableStreamDefaultController<Uint8Array>[] = []

  function openStream(): Response {
    return new Response(new ReadableStream<Uint8Array>({ start: (controller) => { streams.push(controller) } }))
  }

  const fetcher: typeof fetch = (input, init) => {
    const url = new URL(typeof input === 'string' ? input : input instanceof URL ? input.href : input.url, 'http://shop.example')
    const method = init?.method ?? 'GET'
    const sent = init?.body
    const body: unknown = typeof sent === 'string' ? JSON.parse(sent) : sent
    const request = { method, path: url.pathname.replace('/api/v1/chat', '') + url.search, headers: new Headers(init?.headers), body }
    requests.push(request)
    const route = `${method} ${url.pathname.replace('/api/v1/chat', '')}`
    const next = answers[route]?.shift()
    if (next !== undefined) {
      const answer = next(request)
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
    }
    if (route === 'GET /events') return Promise.resolve(openStream())
    if (route === 'GET /messages') return Promise.resolve(json(200, { messages: [], next: null }))
    if (route === 'POST /sessions') {
      const count = requests.filter((earlier) => earlier.path === '/sessions').length
      return Promise.resolve(json(201, { token: `token-${count}`, conversation_id: `conversation-${count}`, customer: null }))
    }
    throw new Error(`unexpected ${route}`)
  }

  return {
    fetcher,
    requests,
    sent: (route: string) => requests.filter((request) => `${request.method} ${request.path}`.startsWith(route)),
    /** Sends an event down the newest stream. */
    push(event: string, data: unknown, id = '1') {
      streams.at(-1)?.enqueue(new TextEncoder().encode(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`))
    },
  }
}
