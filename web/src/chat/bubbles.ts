/** One entry of the log as an element. */

import { el, icon } from '../dom'
import { buttonRow, couponCard, couponList, productList, sourceLine, type Words } from './cards'
import type { Entry, OutgoingEntry } from './entries'
import { richText } from './rich'
import type { Button, Message } from './wire'

export interface BubbleActions {
  onChoose: (button: Button) => void
  onSendAgain: (entry: OutgoingEntry) => void
  onRemove: (entry: OutgoingEntry) => void
  /** Resolves to an address the page can show; rejects when the picture is not to be had. */
  onOpenPicture: (attachmentId: string) => Promise<string>
  onRate: (messageId: string, helpful: boolean, comment: string | null) => Promise<void>
}

function time(iso: string, { locale }: Words): HTMLElement | null {
  const date = new Date(iso)
  if (Number.isNaN(date.getTime())) return null
  const shown = new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit' }).format(date)
  return el('time', { datetime: iso }, shown)
}

/** A row of the log: who says it (for the eye or the ear), what, and the small print. */
function row(kind: string, key: string, author: Node, ...content: (Node | null | false)[]): HTMLElement {
  return el('div', { class: `message message--${kind}`, 'data-key': key }, author, ...content)
}

function feedback(message: Message, { texts }: Words, onRate: BubbleActions['onRate']): HTMLElement {
  const said = el('span', { class: 'feedback-said', role: 'status' })
  const up = el('button', { type: 'button', class: 'rate', 'aria-label': texts.helpful, 'aria-pressed': 'false' }, icon('up'))
  const down = el('button', { type: 'button', class: 'rate', 'aria-label': texts.unhelpful, 'aria-pressed': 'false' }, icon('down'))
  up.title = texts.helpful
  down.title = texts.unhelpful
  const comment = el('input', { class: 'feedback-comment', 'aria-label': texts.comment, placeholder: texts.comment, maxlength: '1000' })
  const form = el('form', { class: 'feedback-form', hidden: true }, comment, el('button', { class: 'text-button' }, texts.commentSend))

  async function rate(helpful: boolean, words: string | null): Promise<void> {
    up.setAttribute('aria-pressed', String(helpful))
    down.setAttribute('aria-pressed', String(!helpful))
    form.hidden = helpful || words !== null
    try {
      await onRate(message.id, helpful, words)
      said.textContent = helpful || words !== null ? texts.rated : ''
    } catch {
      said.textContent = texts.ratingFailed
    }
  }
  up.addEventListener('click', () => void rate(true, null))
  down.addEventListener('click', () => void rate(false, null))
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const words = comment.value.trim()
    if (words !== '') void rate(false, words)
  })
  return el('div', { class: 'feedback' }, up, down, said, form)
}

function extras(message: Message, open: boolean, words: Words, actions: BubbleActions): (Node | false)[] {
  return [
    message.products.length > 0 && productList(message.products, words),
    message.coupon !== null && couponCard(message.coupon, words),
    message.coupons.length > 0 && couponList(message.coupons, words),
    message.buttons.length > 0 && buttonRow(message.buttons, open, words, actions.onChoose),
  ]
}

/** A picture sent earlier: fetched with the token, its name in words until it is there. */
function storedPicture(attachmentId: string, { texts }: Words, actions: BubbleActions): HTMLElement {
  const bubble = el('div', { class: 'bubble' }, texts.sentPicture)
  actions.onOpenPicture(attachmentId).then(
    (src) => {
      bubble.classList.add('bubble--picture')
      bubble.replaceChildren(el('img', { src, alt: texts.sentPicture }))
    },
    () => { bubble.classList.add('bubble--lost') },
  )
  return bubble
}

function received(message: Message, open: boolean, words: Words, actions: BubbleActions): HTMLElement {
  const { texts } = words
  if (message.author === 'system') {
    return el('div', { class: 'note', 'data-key': message.id }, richText(message.text))
  }
  if (message.author === 'customer') {
    const author = el('span', { class: 'visually-hidden' }, texts.you)
    const picture = message.attachmentId === null ? null : storedPicture(message.attachmentId, words, actions)
    const bubble = message.text === '' && picture !== null ? null : el('div', { class: 'bubble' }, message.text)
    return row('customer', message.id, author, picture, bubble, el('div', { class: 'meta' }, time(message.createdAt, words)))
  }
  const name = message.author === 'staff' ? texts.staff(message.authorName) : texts.bot
  const bubble = message.text === '' ? null : el('div', { class: 'bubble' }, richText(message.text))
  if (message.sources.length > 0) bubble?.append(sourceLine(message.sources, words))
  const meta = el('div', { class: 'meta' }, time(message.createdAt, words))
  if (message.author === 'bot') meta.append(feedback(message, words, actions.onRate))
  return row(message.author, message.id, el('span', { class: 'author' }, name), bubble, ...extras(message, open, words, actions), meta)
}

function deliveryLine(entry: OutgoingEntry, words: Words, actions: BubbleActions): HTMLElement {
  const { texts } = words
  const meta = el('div', { class: 'meta' })
  if (entry.delivery === 'sent') {
    const stamp = time(entry.createdAt, words)
    if (stamp !== null) meta.append(stamp)
  } else if (entry.delivery === 'sending') {
    meta.append(texts.sending)
  } else if (entry.delivery === 'retrying') {
    meta.append(texts.retrying[entry.failure ?? 'offline'])
  } else {
    const again = el('button', { type: 'button', class: 'text-button' }, texts.sendAgain)
    const remove = el('button', { type: 'button', class: 'text-button' }, texts.remove)
    again.addEventListener('click', () => { actions.onSendAgain(entry) })
    remove.addEventListener('click', () => { actions.onRemove(entry) })
    meta.append(el('span', { class: 'failed', role: 'alert' }, texts.failures[entry.failure ?? 'offline']), again, remove)
  }
  return meta
}

function sent(entry: OutgoingEntry, words: Words, actions: BubbleActions): HTMLElement {
  const author = el('span', { class: 'visually-hidden' }, words.texts.you)
  const bubble =
    entry.pictureUrl === null
      ? el('div', { class: 'bubble' }, entry.text)
      : el('div', { class: 'bubble bubble--picture' }, el('img', { src: entry.pictureUrl, alt: `${words.texts.sentPicture}: ${entry.text}` }))
  return row(`customer message--${entry.delivery}`, entry.key, author, bubble, deliveryLine(entry, words, actions))
}

/** The entry as an element with its key in `data-key`; `open` says whether its choices can still be pressed. */
export function entryElement(entry: Entry, open: boolean, words: Words, actions: BubbleActions): HTMLElement {
  if (entry.kind === 'message') return received(entry.message, open, words, actions)
  if (entry.kind === 'outgoing') return sent(entry, words, actions)
  return el('div', { class: 'note', 'data-key': entry.key }, words.texts.notices[entry.notice])
}
