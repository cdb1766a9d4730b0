/** The chat panel: header, log and composer around one conversation. Loaded when the chat is opened for the first time. */

import './chat.css'
import { el, icon } from '../dom'
import type { Locale } from '../locale'
import { createApi } from './api'
import { createComposer } from './composer'
import { startConversation, type Status } from './conversation'
import type { LogChange, OutgoingEntry } from './entries'
import { createLogView } from './logview'
import { chatTexts } from './texts'
import type { ChatState, Customer } from './wire'

export interface Panel {
  element: HTMLElement
  setLocale: (locale: Locale) => void
  /** Sends a text as if the customer had typed it. */
  ask: (text: string) => void
  /** Puts words into the field for the customer to go on from. */
  draft: (text: string) => void
  signIn: (identity: string) => Promise<void>
  /** Called when the panel becomes visible. */
  shown: () => void
}

export interface PanelOptions {
  locale: Locale
  apiBase: string
  onClose: () => void
  /** A message arrived while the panel may be hidden. */
  onIncoming: () => void
  onCustomer: (customer: Customer | null) => void
}

/** Milliseconds that "the assistant is back" stays before the usual line returns. */
const BACK_SHOWN = 8000

function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds)
    signal?.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

export function createPanel(options: PanelOptions): Panel {
  let locale = options.locale
  let texts = chatTexts(locale)
  let lastState: ChatState = 'bot'
  let backUntil = 0

  const conversation = startConversation({
    api: createApi(options.apiBase),
    locale: () => locale,
    sleep,
    random: Math.random,
    onLog: (change: LogChange) => { view.apply(change) },
    onStatus: showStatus,
    onIncoming: options.onIncoming,
  })
  const view = createLogView(
    () => conversation.log,
    () => ({ locale, texts }),
    {
      onChoose: (button) => void conversation.choose(button),
      onSuggest: (text) => void conversation.say(text),
      onSendAgain: (entry) => void conversation.sendAgain(entry),
      onRemove: removeEntry,
      onOpenPicture: conversation.openPicture,
      onRate: conversation.rate,
    },
  )
  const composer = createComposer(
    texts,
    (text) => void conversation.say(text),
    (file) => void conversation.sendPicture(file),
  )

  const title = el('h2', { class: 'panel-title', id: 'chat-title' })
  const statusLine = el('p', { class: 'panel-status', role: 'status' })
  const close = el('button', { type: 'button', class: 'icon-button panel-close' }, icon('close'))
  const who = el('span')
  const signOut = el('button', { type: 'button', class: 'text-button' })
  const account = el('div', { class: 'panel-account', hidden: true }, who, signOut)
  const header = el('header', { class: 'panel-header' }, el('div', { class: 'panel-heading' }, title, statusLine), close)
  const element = el(
    'section',
    { class: 'panel', role: 'dialog', 'aria-labelledby': title.id, 'data-state': 'bot' },
    header, account, view.element, composer.element,
  )

  function removeEntry(entry: OutgoingEntry): void {
    conversation.log.remove(entry.key)
    composer.focus()
  }

  function statusText(status: Status): string {
    const { states } = texts
    if (status.connection === 'down') return states.down
    if (status.late) return states.late
    if (status.state === 'waiting_for_staff') return states.waiting
    if (status.state === 'staff') return states.staff(status.staffName)
    if (status.state === 'closed') return states.closed
    return Date.now() < backUntil ? states.back : states.bot
  }

  function showStatus(status: Status): void {
    if (lastState === 'staff' && status.state === 'bot') {
      backUntil = Date.now() + BACK_SHOWN
      setTimeout(() => { showStatus(conversation.status()) }, BACK_SHOWN + 50)
    }
    lastState = status.state
    element.dataset['state'] = status.connection === 'down' ? 'down' : status.state
    const line = statusText(status)
    if (statusLine.textContent !== line) statusLine.textContent = line
    account.hidden = status.customer === null
    who.textContent = status.customer === null ? '' : texts.signedIn(status.customer.name)
    const typing = status.typing === null ? null : status.typing === 'staff' ? texts.typing.staff(status.staffName) : texts.typing.bot
    view.setTyping(typing)
    options.onCustomer(status.customer)
  }

  function setLocale(next: Locale): void {
    locale = next
    texts = chatTexts(next)
    element.lang = next
    title.textContent = texts.title
    close.setAttribute('aria-label', texts.close)
    close.title = texts.close
    signOut.textContent = texts.signOut
    composer.setTexts(texts)
    view.redraw()
    view.scrollToEnd()
    showStatus(conversation.status())
  }

  close.addEventListener('click', options.onClose)
  signOut.addEventListener('click', () => {
    conversation.signOut()
    composer.focus()
  })
  element.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !event.isComposing) options.onClose()
  })
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') conversation.wake()
  })
  window.addEventListener('online', conversation.wake)

  setLocale(locale)
  const resumed = conversation.resume()

  return {
    element,
    setLocale,
    ask: (text) => void resumed.then(() => conversation.say(text)),
    draft: composer.draft,
    signIn: (identity) => resumed.then(() => conversation.signIn(identity)),
    shown() {
      view.scrollToEnd()
      composer.focus()
    },
  }
}
