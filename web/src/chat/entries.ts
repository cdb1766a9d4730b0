/** What the log shows, in order: messages of the server, and those of the customer that are still on their way. */

import type { Message } from './wire'
import type { Outgoing } from './api'

/** Things the page itself says; their words are in texts.ts. */
export type Notice = 'expired' | 'signed_in' | 'sign_in_failed' | 'signed_out'
export type Delivery = 'sending' | 'retrying' | 'sent' | 'failed'
export type Failure = 'offline' | 'busy' | 'unavailable' | 'too_long' | 'rejected' | 'attachment'

export interface MessageEntry {
  kind: 'message'
  key: string
  message: Message
}

export interface OutgoingEntry {
  kind: 'outgoing'
  /** The client_message_id, the same through every attempt. */
  key: string
  /** What the customer sees: the words typed, a button's title, or a picture's name. */
  text: string
  body: Outgoing | { file: File }
  createdAt: string
  delivery: Delivery
  failure: Failure | null
  /** The server's id, once it has answered. */
  messageId: string | null
  pictureUrl: string | null
}

export interface NoticeEntry {
  kind: 'notice'
  key: string
  notice: Notice
}

export type Entry = MessageEntry | OutgoingEntry | NoticeEntry

/** `before` is the key of the entry that the added one stands before, null at the end. */
export type LogChange =
  | { type: 'added'; entry: Entry; before: string | null }
  | { type: 'updated' | 'removed'; entry: Entry }
  | { type: 'reset' }

export interface Log {
  entries: () => readonly Entry[]
  add: (entry: Entry) => void
  update: (entry: Entry) => void
  remove: (key: string) => void
  /** Takes in a message of the server; false when it was there already. */
  take: (message: Message) => boolean
  /** Ties an outgoing message to the id and time the server gave it. */
  settle: (entry: OutgoingEntry, messageId: string, createdAt: string) => void
  reset: (messages: readonly Message[]) => void
}

/** When the server stored it, in milliseconds; null for what it has not (yet). */
function storedAt(entry: Entry): number | null {
  if (entry.kind === 'message') return Date.parse(entry.message.createdAt)
  return entry.kind === 'outgoing' && entry.messageId !== null ? Date.parse(entry.createdAt) : null
}

export function createLog(onChange: (change: LogChange) => void): Log {
  let entries: Entry[] = []
  let known = new Set<string>()

  function insert(entry: Entry, index: number): void {
    const before = entries[index]?.key ?? null
    entries.splice(index, 0, entry)
    onChange({ type: 'added', entry, before })
  }

  function add(entry: Entry): void {
    insert(entry, entries.length)
  }

  function update(entry: Entry): void {
    onChange({ type: 'updated', entry })
  }

  function remove(key: string): void {
    const entry = entries.find((candidate) => candidate.key === key)
    if (entry === undefined) return
    entries = entries.filter((candidate) => candidate !== entry)
    onChange({ type: 'removed', entry })
  }

  /** What was missed while the line was down goes where it belongs, before what was stored after it. */
  function placeOf(message: Message): number {
    const time = Date.parse(message.createdAt)
    let index = entries.length
    while (index > 0) {
      const previous = entries[index - 1]
      const stored = previous === undefined ? null : storedAt(previous)
      if (stored === null || !(stored > time)) break
      index -= 1
    }
    return index
  }

  /** The customer's own message coming back as an event, perhaps before the answer to sending it. */
  function ownOutgoing(message: Message): OutgoingEntry | undefined {
    const unsettled = entries.filter((entry) => entry.kind === 'outgoing').filter((entry) => entry.messageId === null)
    if (message.clientMessageId !== null) return unsettled.find((entry) => entry.key === message.clientMessageId)
    const { attachmentId } = message
    if (attachmentId === null) return unsettled.find((entry) => entry.text === message.text)
    return unsettled.find(({ body }) => 'attachment_id' in body && body.attachment_id === attachmentId)
  }

  function take(message: Message): boolean {
    if (known.has(message.id)) return false
    const own = message.author === 'customer' ? ownOutgoing(message) : undefined
    if (own === undefined) {
      known.add(message.id)
      insert({ kind: 'message', key: message.id, message }, placeOf(message))
    } else {
      own.delivery = 'sent'
      own.failure = null
      settle(own, message.id, message.createdAt)
      update(own)
    }
    return true
  }

  function settle(entry: OutgoingEntry, messageId: string, createdAt: string): void {
    // Should its event have been taken for a message from another tab, it is the same message.
    if (entry.messageId !== messageId && known.has(messageId)) remove(messageId)
    entry.messageId = messageId
    entry.createdAt = createdAt
    known.add(messageId)
  }

  function reset(messages: readonly Message[]): void {
    known = new Set(messages.map((message) => message.id))
    const unique = new Map(messages.map((message) => [message.id, message]))
    entries = [...unique.values()].map((message) => ({ kind: 'message', key: message.id, message }))
    onChange({ type: 'reset' })
  }

  return { entries: () => entries, add, update, remove, take, settle, reset }
}
