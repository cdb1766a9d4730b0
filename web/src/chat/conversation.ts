/** The running conversation: sending, receiving, and what the panel shows of it. Draws nothing. */

import { pictureUrl } from '../dom'
import { newId } from '../ids'
import type { Locale } from '../locale'
import { ApiError, type ChatApi, type Outgoing } from './api'
import { createLog, type Failure, type Log, type LogChange, type Notice, type OutgoingEntry } from './entries'
import { followEvents, type ServerEvent } from './events'
import { trouble, withRetries, type RetryOptions } from './retry'
import { keepSession } from './session'
import { readMessage, readStateEvent, readTyping, type Button, type ChatState, type Customer, type Message } from './wire'

export interface Status {
  state: ChatState
  /** Who of the staff answers, where the server names them. */
  staffName: string | null
  /** Whether somebody is writing; `staff` shows it by name. */
  typing: 'bot' | 'staff' | null
  /** A message is stored and its answer late: an action server or Rasa is starting again. */
  late: boolean
  connection: 'idle' | 'live' | 'down'
  customer: Customer | null
}

export interface Dependencies {
  api: ChatApi
  locale: () => Locale
  sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>
  random: () => number
  onLog: (change: LogChange) => void
  onStatus: (status: Status) => void
  /** A message that somebody else wrote just now. */
  onIncoming: (message: Message) => void
}

export interface Conversation {
  log: Log
  status: () => Status
  /** Continues the stored conversation; without one nothing is opened before the first message. */
  resume: () => Promise<void>
  say: (text: string) => Promise<void>
  choose: (button: Button) => Promise<void>
  sendPicture: (file: File) => Promise<void>
  sendAgain: (entry: OutgoingEntry) => Promise<void>
  /** The address of a picture of this conversation within the page. */
  openPicture: (attachmentId: string) => Promise<string>
  rate: (messageId: string, helpful: boolean, comment: string | null) => Promise<void>
  signIn: (identity: string) => Promise<void>
  signOut: () => void
  /** Looks at once instead of when the pause is over: the tab is visible again, the network is back. */
  wake: () => void
}

const ATTEMPTS = 6
/** Milliseconds without a byte after which the event stream is opened anew. */
const STREAM_IDLE = 60_000
/** While an answer is late the history is read as well: some proxies hold an event stream back. */
const LATE_POLL = 15_000
const LATE_POLLS = 60
const TYPING_LASTS = 10_000

export function startConversation(deps: Dependencies): Conversation {
  const log = createLog(deps.onLog)
  const status: Status = { state: 'bot', staffName: null, typing: null, late: false, connection: 'idle', customer: null }
  const retry: RetryOptions = { sleep: deps.sleep, random: deps.random, attempts: ATTEMPTS }
  const sessions = keepSession(deps.api, deps.locale, retry, (session, expired) => {
    if (expired) notice('expired')
    if (session?.conversationId !== conversationId) {
      conversationId = session?.conversationId
      cursor = null
      Object.assign(status, { state: 'bot', staffName: null, late: false })
    }
    change({ customer: session?.customer ?? null })
    follow()
  })
  let conversationId = sessions.current()?.conversationId
  /** The newest message read from the history, from which on missed ones are asked for. */
  let cursor: string | null = null
  let stream: AbortController | null = null
  let typingUntil: ReturnType<typeof setTimeout> | undefined
  /** Messages whose answer is still being waited for within their request. */
  let asking = 0
  /** Settles when all messages before are stored, or have failed: order is kept once a message needed a second attempt. */
  let stumbling: Promise<unknown> = Promise.resolve()

  function change(part: Partial<Status>): void {
    Object.assign(status, part)
    deps.onStatus(status)
  }

  function notice(kind: Notice): void {
    log.add({ kind: 'notice', key: newId(), notice: kind })
  }

  // --- receiving ---------------------------------------------------------------------------------------------------

  function receive(message: Message): void {
    if (!log.take(message) || message.author === 'customer') return
    clearTimeout(typingUntil)
    const named = message.author === 'staff' ? { staffName: message.authorName ?? status.staffName } : {}
    change({ late: false, typing: asking > 0 && status.state !== 'staff' ? 'bot' : null, ...named })
    deps.onIncoming(message)
  }

  function onEvent(event: ServerEvent): void {
    let data: unknown
    try {
      data = JSON.parse(event.data)
    } catch {
      return
    }
    if (event.event === 'message') {
      const message = readMessage(data)
      if (message !== null) receive(message)
    } else if (event.event === 'state') {
      const { state, staffName } = readStateEvent(data)
      if (state !== null) enter(state, staffName)
    } else if (event.event === 'typing') {
      showTyping(readTyping(data))
    }
  }

  function enter(state: ChatState, staffName: string | null): void {
    const name = state === 'staff' ? (staffName ?? status.staffName) : null
    const typing = state === 'staff' && status.typing === 'bot' ? null : status.typing
    change({ state, staffName: name, typing, late: state === 'staff' ? false : status.late })
  }

  function showTyping({ author, active }: ReturnType<typeof readTyping>): void {
    clearTimeout(typingUntil)
    change({ typing: !active || author === 'customer' ? null : author === 'staff' ? 'staff' : 'bot' })
    typingUntil = setTimeout(() => { change({ typing: null }) }, TYPING_LASTS)
  }

  /** Reads what the history holds after the newest message read from it. An expired token ends the session. */
  async function catchUp(): Promise<Message[]> {
    const found: Message[] = []
    const token = sessions.current()?.token
    while (token !== undefined && sessions.current()?.token === token) {
      const page = await withRetries(() => deps.api.history(token, cursor), retry).catch((error: unknown) => {
        if (error instanceof ApiError && error.status === 401) sessions.expire(token)
        throw error
      })
      if (sessions.current()?.token !== token) return []
      if (page.state !== null) enter(page.state, page.staffName)
      found.push(...page.messages)
      const newest = page.messages.at(-1)
      if (newest !== undefined) cursor = newest.id
      if (page.next === null || newest === undefined) break
    }
    return found
  }

  async function takeMissed(): Promise<void> {
    try {
      for (const message of await catchUp()) receive(message)
    } catch {
      // Tried again with the next event stream; the panel shows meanwhile that the line is down.
    }
  }

  /** Follows the events of the current session, and of no other. */
  function follow(): void {
    stream?.abort()
    stream = null
    const session = sessions.current()
    if (session === null) {
      change({ connection: 'idle' })
      return
    }
    const own = new AbortController()
    stream = own
    const { token } = session
    followEvents(
      {
        open: (lastEventId, signal) => deps.api.openEvents(token, lastEventId, signal),
        onOpen: () => {
          change({ connection: 'live' })
          void takeMissed()
        },
        onEvent,
        onDown: () => { change({ connection: 'down' }) },
        sleep: deps.sleep,
        random: deps.random,
        idle: STREAM_IDLE,
      },
      own.signal,
    ).catch(() => { if (stream === own) change({ connection: 'idle' }) })
  }

  async function pollWhileLate(): Promise<void> {
    const waiting = (): boolean => status.late
    for (let count = 0; count < LATE_POLLS && waiting(); count += 1) {
      await deps.sleep(LATE_POLL)
      if (waiting()) await takeMissed()
    }
    if (waiting()) change({ late: false })
  }

  // --- sending -----------------------------------------------------------------------------------------------------

  function outgoing(text: string, body: OutgoingEntry['body'], pictureUrl: string | null): OutgoingEntry {
    return {
      kind: 'outgoing', key: newId(), text, body, createdAt: new Date().toISOString(),
      delivery: 'sending', failure: null, messageId: null, pictureUrl,
    }
  }

  async function start(entry: OutgoingEntry): Promise<void> {
    log.add(entry)
    await deliver(entry)
  }

  async function deliver(entry: OutgoingEntry): Promise<void> {
    await stumbling
    asking += 1
    if (status.state !== 'staff') change({ typing: 'bot' })
    let stumbled: (() => void) | undefined
    try {
      const turn = await attempt(entry, () => {
        if (stumbled === undefined) stumbling = new Promise<void>((resolve) => { stumbled = resolve })
      })
      entry.delivery = 'sent'
      entry.failure = null
      if (turn.message !== null) log.settle(entry, turn.message.id, turn.message.createdAt)
      log.update(entry)
      asking -= 1
      if (turn.state !== null) enter(turn.state, null)
      for (const reply of turn.replies) receive(reply)
      if (!turn.done && status.state !== 'staff' && !answered(entry)) {
        change({ late: true })
        void pollWhileLate()
      }
    } catch (error) {
      asking -= 1
      entry.delivery = 'failed'
      entry.failure = failureOf(error, entry)
      log.update(entry)
    } finally {
      stumbled?.()
      if (asking === 0 && status.typing === 'bot') change({ typing: null })
    }
  }

  /** Whether something of the other side stands after it already (the event may overtake the answer to the request). */
  function answered(entry: OutgoingEntry): boolean {
    const after = log.entries().slice(log.entries().indexOf(entry) + 1)
    return after.some((other) => other.kind === 'message' && other.message.author !== 'customer')
  }

  function attempt(entry: OutgoingEntry, onStumble: () => void): ReturnType<ChatApi['send']> {
    const onRetry: RetryOptions['onRetry'] = (kind) => {
      onStumble()
      entry.delivery = 'retrying'
      entry.failure = kind
      log.update(entry)
    }
    return sessions.withToken(async (token) => {
      const body = await uploaded(entry, token, { ...retry, onRetry })
      return withRetries(() => deps.api.send(token, entry.key, body), { ...retry, onRetry })
    })
  }

  /** A picture is stored first, and once: its id is kept for a later attempt. */
  async function uploaded(entry: OutgoingEntry, token: string, options: RetryOptions): Promise<Outgoing> {
    const { body } = entry
    if (!('file' in body)) return body
    const stored = { attachment_id: await withRetries(() => deps.api.upload(token, body.file), options) }
    entry.body = stored
    return stored
  }

  function failureOf(error: unknown, entry: OutgoingEntry): Failure {
    const kind = trouble(error)
    if (kind !== null) return kind
    if ('file' in entry.body) return 'attachment'
    const tooLong = error instanceof ApiError && (error.status === 413 || error.code === 'text_too_long')
    return tooLong ? 'too_long' : 'rejected'
  }

  return {
    log,
    status: () => status,

    async resume() {
      const session = sessions.current()
      if (session === null) return
      change({ customer: session.customer })
      try {
        log.reset(await catchUp())
      } catch {
        // Expired: the page says so. Not reached: the stream below goes on trying.
      }
      follow()
    },

    say: (text) => start(outgoing(text, { text }, null)),
    choose: (button) => start(outgoing(button.title, { payload: button.payload }, null)),
    sendPicture: async (file) => start(outgoing(file.name, { file }, await pictureUrl(file))),

    async sendAgain(entry) {
      entry.delivery = 'sending'
      entry.failure = null
      log.update(entry)
      await deliver(entry)
    },

    async openPicture(attachmentId) {
      const picture = await sessions.withToken((token) => withRetries(() => deps.api.attachment(token, attachmentId), retry))
      return pictureUrl(picture)
    },

    rate: (messageId, helpful, comment) => sessions.withToken((token) => deps.api.rate(token, messageId, helpful, comment)),

    async signIn(identity) {
      const before = sessions.current()?.conversationId ?? null
      try {
        const session = await sessions.signIn(identity)
        if (before !== session.conversationId) {
          cursor = null
          log.reset(await catchUp())
        }
        notice('signed_in')
      } catch {
        notice('sign_in_failed')
      }
    },

    signOut() {
      sessions.forget()
      log.reset([])
      notice('signed_out')
    },

    wake() {
      if (sessions.current() !== null && status.connection !== 'live') follow()
    },
  }
}
