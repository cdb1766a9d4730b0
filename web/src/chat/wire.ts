/**
 * The chat API's answers, read from JSON into what the page works with.
 * A field that is missing or of another type becomes null, empty or false: one odd reply never stops the chat.
 */

export type ChatState = 'bot' | 'waiting_for_staff' | 'staff' | 'closed'
export type Author = 'customer' | 'bot' | 'staff' | 'system'

export interface Button {
  title: string
  payload: string
}

/** `price` is an integer in the currency's minor unit (KRW has none). */
export interface Product {
  id: string
  name: string
  price: number
  currency: string
  inStock: boolean
  url: string | null
  imageUrl: string | null
  reason: string | null
}

export interface Coupon {
  code: string
  title: string
  expiresAt: string | null
}

export interface Source {
  topic: string
  title: string
}

export interface Message {
  id: string
  author: Author
  authorName: string | null
  text: string
  createdAt: string
  clientMessageId: string | null
  attachmentId: string | null
  buttons: Button[]
  products: Product[]
  coupon: Coupon | null
  coupons: Coupon[]
  sources: Source[]
}

export interface Customer {
  id: string
  name: string | null
}

/** An opened conversation: the token reads and writes this one and no other. */
export interface Session {
  token: string
  conversationId: string
  expiresAt: string | null
  customer: Customer | null
}

/** What sending a message brought: 202 (`done` false) means stored, and answered later. */
export interface Turn {
  done: boolean
  message: { id: string; createdAt: string } | null
  replies: Message[]
  state: ChatState | null
}

export interface HistoryPage {
  messages: Message[]
  next: string | null
  state: ChatState | null
  staffName: string | null
}

type Fields = Record<string, unknown>

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
}

function text(value: unknown): string | null {
  if (typeof value === 'string') return value
  return typeof value === 'number' ? String(value) : null
}

function list<T>(value: unknown, read: (item: Fields) => T | null): T[] {
  if (!Array.isArray(value)) return []
  return value.map((item) => read(fields(item))).filter((item) => item !== null)
}

function readState(value: unknown): ChatState | null {
  return value === 'bot' || value === 'waiting_for_staff' || value === 'staff' || value === 'closed' ? value : null
}

function readButton(item: Fields): Button | null {
  const title = text(item['title'])
  const payload = text(item['payload'])
  return title !== null && payload !== null ? { title, payload } : null
}

function readProduct(item: Fields): Product | null {
  const name = text(item['name'])
  if (name === null) return null
  return {
    id: text(item['id']) ?? '',
    name,
    price: typeof item['price'] === 'number' ? item['price'] : NaN,
    currency: text(item['currency']) ?? 'KRW',
    inStock: item['in_stock'] === true,
    url: text(item['url']),
    imageUrl: text(item['image_url']),
    reason: text(item['reason']),
  }
}

function readCoupon(item: Fields): Coupon | null {
  const code = text(item['code'])
  return code === null ? null : { code, title: text(item['title']) ?? '', expiresAt: text(item['expires_at']) }
}

function readSource(item: Fields): Source | null {
  const title = text(item['title'])
  return title === null ? null : { topic: text(item['topic']) ?? '', title }
}

function readAuthor(value: unknown): Author | null {
  return value === 'customer' || value === 'bot' || value === 'staff' || value === 'system' ? value : null
}

function staffName(value: unknown): string | null {
  const name = text(fields(value)['name'])
  return name === '' ? null : name
}

/** A message of the history, of the event stream or among a turn's replies; null when it is none. */
export function readMessage(value: unknown): Message | null {
  const item = fields(value)
  const id = text(item['id'])
  const author = readAuthor(item['author'])
  if (id === null || author === null) return null
  return {
    id,
    author,
    authorName: staffName(item['staff']),
    text: text(item['text']) ?? '',
    createdAt: text(item['created_at']) ?? new Date().toISOString(),
    clientMessageId: text(item['client_message_id']),
    attachmentId: text(item['attachment_id']),
    buttons: list(item['buttons'], readButton),
    products: list(item['products'], readProduct),
    coupon: readCoupon(fields(item['coupon'])),
    coupons: list(item['coupons'], readCoupon),
    sources: list(item['sources'], readSource),
  }
}

export function readSession(value: unknown): Session | null {
  const item = fields(value)
  const token = text(item['token'])
  const conversationId = text(item['conversation_id'])
  if (token === null || conversationId === null) return null
  const customer = fields(item['customer'])
  const customerId = text(customer['id'])
  return {
    token,
    conversationId,
    expiresAt: text(item['expires_at']),
    customer: customerId === null ? null : { id: customerId, name: text(customer['name']) },
  }
}

export function readTurn(value: unknown, done: boolean): Turn {
  const item = fields(value)
  const message = fields(item['message'])
  const id = text(message['id'])
  return {
    done,
    message: id === null ? null : { id, createdAt: text(message['created_at']) ?? new Date().toISOString() },
    replies: list(item['replies'], readMessage),
    state: readState(item['state']),
  }
}

export function readHistory(value: unknown): HistoryPage {
  const item = fields(value)
  const { state, staffName: name } = readStateEvent(value)
  return { messages: list(item['messages'], readMessage), next: text(item['next']), state, staffName: name }
}

/** `typing` events: who writes, and whether they stopped. */
export function readTyping(value: unknown): { author: Author; active: boolean } {
  const item = fields(value)
  return { author: readAuthor(item['author']) ?? 'bot', active: item['active'] !== false }
}

/** `state` events: the new state and, with `staff`, the name of who answers. */
export function readStateEvent(value: unknown): { state: ChatState | null; staffName: string | null } {
  const item = fields(value)
  return {
    state: readState(item['state']),
    staffName: staffName(item['staff']),
  }
}
