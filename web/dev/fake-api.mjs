/**
 * A stand-in for the platform's chat API, for trying the page and for its browser tests: real HTTP, real event streams,
 * answers from a handful of key words. State lives in memory. Words that make trouble on purpose:
 *   late    202, answered by an event a moment later        busy    429 with Retry-After once, then answered
 *   drop    stored, then the connection breaks once         down    503
 *   expire  the token stops being valid                     person  waits, is taken by staff, released again
 */
import { randomUUID } from 'node:crypto'
import { answer, productOf } from './fake-answers.mjs'

/** @typedef {import('node:http').IncomingMessage} Request */
/** @typedef {import('node:http').ServerResponse} Response */
/** @typedef {{id: string, author: string, text: string, created_at: string, [key: string]: unknown}} Message */
/**
 * @typedef {{id: string, state: string, messages: Message[], events: {id: number, kind: string, data: unknown}[],
 *   listeners: Set<Response>, turns: Map<string, {status: number, body: unknown}>, tried: Set<string>,
 *   attachments: Map<string, {type: string, data: Buffer}>, customer: {id: string, name: string} | null, feedback: unknown[]}} Conversation
 */

/** @param {Request} request @returns {Promise<Buffer>} */
async function bodyOf(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** @param {Response} response @param {number} status @param {unknown} [body] @param {Record<string, string>} [headers] */
function reply(response, status, body, headers = {}) {
  const type = status >= 400 ? 'application/problem+json' : 'application/json'
  response.writeHead(status, { 'Content-Type': type, ...headers })
  response.end(body === undefined ? '' : JSON.stringify(body))
}

/** @param {Response} response @param {number} status @param {string} code @param {Record<string, string>} [headers] */
function refuse(response, status, code, headers) {
  reply(response, status, { type: 'about:blank', title: code, status, code }, headers)
}

/** The name in an identity; the signature is of no interest here, only the token `bad` is refused. @param {string} token */
function customerOf(token) {
  try {
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
    return { id: String(claims.sub), name: String(claims.name ?? claims.sub) }
  } catch {
    return null
  }
}

/** @param {{pace?: number}} [options] `pace`: milliseconds that an answer takes */
export function createFakeApi({ pace = 600 } = {}) {
  /** @type {Map<string, Conversation>} by token */
  const conversations = new Map()
  /** Every accepted request to send, repeated ones too: what a test looks at. @type {{id: string, body: any, repeated: boolean}[]} */
  const received = []
  const wait = (/** @type {number} */ milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

  /** @param {Conversation} conversation @param {string} kind @param {unknown} data */
  function emit(conversation, kind, data) {
    const event = { id: conversation.events.length + 1, kind, data }
    conversation.events.push(event)
    for (const listener of conversation.listeners) writeEvent(listener, event)
  }

  /** @param {Response} response @param {{id: number, kind: string, data: unknown}} event */
  function writeEvent(response, event) {
    response.write(`id: ${event.id}\r\nevent: ${event.kind}\r\ndata: ${JSON.stringify(event.data)}\r\n\r\n`)
  }

  /** @param {Conversation} conversation @param {Partial<Message>} fields @returns {Message} */
  function store(conversation, fields) {
    const message = { id: randomUUID(), author: 'bot', text: '', created_at: new Date().toISOString(), ...fields }
    conversation.messages.push(message)
    emit(conversation, 'message', message)
    return message
  }

  /** @param {Conversation} conversation @param {string} state @param {string | null} staff */
  function enter(conversation, state, staff) {
    conversation.state = state
    emit(conversation, 'state', { state, staff: staff === null ? null : { name: staff } })
  }

  /** A member of staff takes over, writes, and gives the chat back. @param {Conversation} conversation @param {boolean} korean */
  async function serveByStaff(conversation, korean) {
    const name = korean ? '김하늘' : 'Haneul'
    await wait(pace * 3)
    enter(conversation, 'staff', name)
    emit(conversation, 'typing', { author: 'staff' })
    await wait(pace * 2)
    const text = korean ? '안녕하세요, 상담원 김하늘이에요. 주문 번호를 알려 주시겠어요?' : 'Hi, this is Haneul. Could you tell me the order number?'
    store(conversation, { author: 'staff', staff: { name }, text })
  }

  /** @param {Response} response @param {string | null} identity @param {Conversation | null} running @param {string} [token] */
  function openSession(response, identity, running, token) {
    const customer = identity === null ? null : customerOf(identity)
    if (identity !== null && customer === null) return refuse(response, 401, 'identity_invalid')
    const conversation = running ?? {
      id: randomUUID(), state: 'bot', messages: [], events: [], listeners: new Set(), turns: new Map(), tried: new Set(),
      attachments: new Map(), customer: null, feedback: [],
    }
    if (customer !== null) conversation.customer = customer
    const issued = token ?? randomUUID()
    conversations.set(issued, conversation)
    const expires = new Date(Date.now() + 864e5).toISOString()
    const body = { token: issued, conversation_id: conversation.id, expires_at: expires, customer: conversation.customer, locale: 'ko' }
    return reply(response, running === null ? 201 : 200, body)
  }

  /** @param {Conversation} conversation @param {any} body */
  async function takeTurn(conversation, body) {
    const shown = String(body.text ?? titleOf(conversation, body.payload) ?? '')
    const attachment = body.attachment_id === undefined ? {} : { attachment_id: body.attachment_id }
    const message = store(conversation, { author: 'customer', text: shown, ...attachment })
    const late = shown.includes('late')
    const turn = { status: 202, body: view(conversation, message, []) }
    conversation.turns.set(body.client_message_id, turn)
    const finish = () => {
      const given = conversation.state === 'staff' ? null : answer(shown, body)
      const replies = (given?.replies ?? []).map((fields) => store(conversation, fields))
      if (given?.handover) {
        enter(conversation, 'waiting_for_staff', null)
        void serveByStaff(conversation, /[가-힣]/.test(shown))
      } else if (conversation.state === 'staff' && /끝|bye/i.test(shown)) {
        enter(conversation, 'bot', null)
      }
      turn.status = 200
      turn.body = view(conversation, message, replies)
    }
    if (conversation.state !== 'staff') emit(conversation, 'typing', { author: 'bot' })
    await wait(conversation.state === 'staff' ? 0 : pace)
    if (late) setTimeout(finish, pace * 4)
    else finish()
    return turn
  }

  /** @param {Conversation} conversation @param {string} payload */
  function titleOf(conversation, payload) {
    const buttons = conversation.messages.flatMap((message) => /** @type {{title: string, payload: string}[]} */ (message['buttons'] ?? []))
    return buttons.find((button) => button.payload === payload)?.title
  }

  /** @param {Conversation} conversation @param {Message} message @param {Message[]} replies */
  function view(conversation, message, replies) {
    return { message, outcome: 'answered', effects: [], candidates: [], replies, state: conversation.state }
  }

  /** @param {Request} request @param {Response} response @param {Conversation} conversation @param {string} token */
  async function send(request, response, conversation, token) {
    const body = JSON.parse((await bodyOf(request)).toString('utf8'))
    const id = String(body.client_message_id)
    const known = conversation.turns.get(id)
    received.push({ id, body, repeated: known !== undefined })
    if (known !== undefined) return reply(response, known.status, known.body)
    const words = String(body.text ?? '')
    const first = !conversation.tried.has(id)
    conversation.tried.add(id)
    if (Array.from(words).length > 4000) return refuse(response, 422, 'text_too_long')
    if (words.includes('busy') && first) return refuse(response, 429, 'too_many_requests', { 'Retry-After': '1' })
    if (words.includes('down')) return refuse(response, 503, 'store_unavailable')
    if (words.includes('expire')) {
      conversations.delete(token)
      return refuse(response, 401, 'token_expired')
    }
    const turn = await takeTurn(conversation, body)
    if (words.includes('drop') && first) return response.destroy()
    return reply(response, turn.status, turn.body)
  }

  /** @param {Response} response @param {Conversation} conversation @param {URLSearchParams} query */
  function history(response, conversation, query) {
    const after = query.get('after')
    const limit = Number(query.get('limit') ?? 50)
    const start = after === null ? 0 : conversation.messages.findIndex((message) => message.id === after) + 1
    const page = conversation.messages.slice(start, start + limit)
    const more = conversation.messages.length > start + limit
    reply(response, 200, { messages: page, next: more ? page.at(-1)?.id : null, state: conversation.state })
  }

  /** @param {Request} request @param {Response} response @param {Conversation} conversation */
  function follow(request, response, conversation) {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
    response.write(': connected\n\n')
    const last = request.headers['last-event-id']
    if (last !== undefined) for (const event of conversation.events.slice(Number(last))) writeEvent(response, event)
    conversation.listeners.add(response)
    response.on('close', () => conversation.listeners.delete(response))
  }

  /** @param {Request} request @param {Response} response @param {Conversation} conversation */
  async function upload(request, response, conversation) {
    const type = request.headers['content-type'] ?? ''
    const bytes = await bodyOf(request)
    const form = await new Response(new Uint8Array(bytes), { headers: { 'Content-Type': type } }).formData()
    const file = form.get('file')
    if (!(file instanceof File) || !file.type.startsWith('image/')) return refuse(response, 422, 'attachment_type')
    const id = randomUUID()
    conversation.attachments.set(id, { type: file.type, data: Buffer.from(await file.arrayBuffer()) })
    return reply(response, 201, { attachment_id: id })
  }

  /** Answers a request below /api/v1. @param {Request} request @param {Response} response */
  async function handle(request, response) {
    const url = new URL(request.url ?? '/', 'http://fake')
    const route = `${request.method} ${url.pathname.replace('/api/v1', '')}`
    if (route === 'POST /chat/sessions') {
      const body = JSON.parse((await bodyOf(request)).toString('utf8'))
      return openSession(response, body.identity ?? null, null)
    }
    const asked = /^GET \/products\/([^/]+)$/.exec(route)
    if (asked !== null) {
      const product = productOf(asked[1] ?? '', url.searchParams.get('locale') !== 'en')
      return product === null ? refuse(response, 404, 'product_not_found') : reply(response, 200, product)
    }
    const token = (request.headers.authorization ?? '').replace('Bearer ', '')
    const conversation = conversations.get(token)
    if (conversation === undefined) return refuse(response, 401, 'token_invalid')
    if (route === 'POST /chat/identity') {
      const { identity } = JSON.parse((await bodyOf(request)).toString('utf8'))
      return openSession(response, identity, conversation, token)
    }
    if (route === 'POST /chat/messages') return send(request, response, conversation, token)
    if (route === 'GET /chat/messages') return history(response, conversation, url.searchParams)
    if (route === 'GET /chat/events') return follow(request, response, conversation)
    if (route === 'POST /chat/attachments') return upload(request, response, conversation)
    const picture = /^GET \/chat\/attachments\/([\w-]+)$/.exec(route)
    const stored = conversation.attachments.get(picture?.[1] ?? '')
    if (stored !== undefined) return void response.writeHead(200, { 'Content-Type': stored.type }).end(stored.data)
    if (/^POST \/chat\/messages\/[\w-]+\/feedback$/.test(route)) {
      conversation.feedback.push(JSON.parse((await bodyOf(request)).toString('utf8')))
      return reply(response, 204)
    }
    return refuse(response, 404, 'not_found')
  }

  return {
    handle, received, conversations,
    /** Breaks every open event stream, as a proxy or a restart does. */
    cutStreams() {
      for (const conversation of conversations.values()) for (const listener of conversation.listeners) listener.destroy()
    },
    store,
  }
}
