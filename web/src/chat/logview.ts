/** The scrolling log: a live region that follows the newest message unless the customer is reading further up. */

import { el, icon } from '../dom'
import { entryElement, type BubbleActions } from './bubbles'
import { closeChoices, type Words } from './cards'
import type { Entry, Log, LogChange } from './entries'

/** Entries shown at first; earlier ones on demand, so that a conversation of years opens at once. */
const SHOWN_AT_FIRST = 60
const NEAR_END = 80

export interface LogView {
  element: HTMLElement
  apply: (change: LogChange) => void
  /** Draws everything again: another language, or the first time. */
  redraw: () => void
  scrollToEnd: () => void
  /** Shows who is writing, or hides it with null. */
  setTyping: (label: string | null) => void
}

function isCustomers(entry: Entry): boolean {
  return entry.kind === 'outgoing' || (entry.kind === 'message' && entry.message.author === 'customer')
}

function dayOf(entry: Entry): string | null {
  if (entry.kind === 'notice') return null
  const iso = entry.kind === 'message' ? entry.message.createdAt : entry.createdAt
  return new Date(iso).toDateString()
}

export function createLogView(
  log: () => Log,
  words: () => Words,
  actions: BubbleActions & { onSuggest: (text: string) => void },
): LogView {
  let shown = SHOWN_AT_FIRST
  const list = el('div', { class: 'log-list', role: 'log', 'aria-live': 'polite', 'aria-relevant': 'additions' })
  const typing = el('div', { class: 'typing', hidden: true }, el('span', { class: 'visually-hidden', role: 'status' }), el('i'), el('i'), el('i'))
  const scroller = el('div', { class: 'log', tabindex: '0' }, list, typing)
  const jump = el('button', { type: 'button', class: 'jump', hidden: true }, icon('arrow'), el('span'))
  const element = el('div', { class: 'log-frame' }, scroller, jump)

  function nearEnd(): boolean {
    return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END
  }

  function scrollToEnd(): void {
    scroller.scrollTop = scroller.scrollHeight
    jump.hidden = true
  }

  function find(key: string): HTMLElement | null {
    return list.querySelector(`[data-key="${CSS.escape(key)}"]`)
  }

  /** Choices count only while nothing of the customer's stands after them. */
  function isOpen(entry: Entry): boolean {
    const entries = log().entries()
    return !entries.slice(entries.indexOf(entry) + 1).some(isCustomers)
  }

  function draw(entry: Entry): HTMLElement {
    return entryElement(entry, isOpen(entry), words(), actions)
  }

  function daySeparator(entry: Entry, previous: Entry | undefined): HTMLElement | null {
    const day = dayOf(entry)
    const before = previous === undefined ? null : dayOf(previous)
    const today = new Date().toDateString()
    if (day === null || day === before || (before === null && day === today)) return null
    const date = new Intl.DateTimeFormat(words().locale, { dateStyle: 'full' }).format(new Date(day))
    return el('div', { class: 'day' }, date)
  }

  function welcome(): HTMLElement {
    const { texts } = words()
    const chips = texts.suggestions.map((text) => {
      const chip = el('button', { type: 'button', class: 'choice' }, text)
      chip.addEventListener('click', () => { actions.onSuggest(text) })
      return chip
    })
    return el(
      'div',
      { class: 'message message--bot', 'data-welcome': true },
      el('span', { class: 'author' }, texts.bot),
      el('div', { class: 'bubble' }, texts.welcome),
      el('div', { class: 'choices', role: 'group', 'aria-label': texts.choices }, ...chips),
    )
  }

  function earlierButton(): HTMLElement {
    const button = el('button', { type: 'button', class: 'text-button earlier' }, words().texts.earlier)
    button.addEventListener('click', () => {
      const fromEnd = scroller.scrollHeight - scroller.scrollTop
      shown += SHOWN_AT_FIRST * 2
      redraw()
      scroller.scrollTop = scroller.scrollHeight - fromEnd
      scroller.focus()
    })
    return button
  }

  function redraw(): void {
    // What was said before is not read out again.
    list.setAttribute('aria-live', 'off')
    scroller.setAttribute('aria-label', words().texts.log)
    const label = jump.querySelector('span')
    if (label !== null) label.textContent = words().texts.newMessages
    const entries = log().entries()
    const first = Math.max(0, entries.length - shown)
    const nodes: Node[] = first > 0 ? [earlierButton()] : [welcome()]
    entries.slice(first).forEach((entry, index) => {
      const separator = daySeparator(entry, entries[first + index - 1])
      if (separator !== null) nodes.push(separator)
      nodes.push(draw(entry))
    })
    list.replaceChildren(...nodes)
    if (entries.some(isCustomers)) closeWelcome()
    setTimeout(() => { list.setAttribute('aria-live', 'polite') })
  }

  function closeWelcome(): void {
    const choices = list.querySelector<HTMLElement>('[data-welcome] .choices')
    if (choices !== null) choices.hidden = true
  }

  function added(entry: Entry, before: string | null): void {
    const entries = log().entries()
    const follow = nearEnd() || isCustomers(entry)
    if (isCustomers(entry)) {
      closeChoices(list)
      closeWelcome()
    }
    const next = before === null ? null : find(before)
    const separator = before === null ? daySeparator(entry, entries[entries.length - 2]) : null
    if (separator !== null) list.append(separator)
    list.insertBefore(draw(entry), next)
    if (follow) scrollToEnd()
    else jump.hidden = false
  }

  function apply(change: LogChange): void {
    if (change.type === 'reset') {
      shown = SHOWN_AT_FIRST
      redraw()
      scrollToEnd()
    } else if (change.type === 'added') {
      added(change.entry, change.before)
    } else if (change.type === 'removed') {
      find(change.entry.key)?.remove()
    } else {
      const follow = nearEnd()
      find(change.entry.key)?.replaceWith(draw(change.entry))
      if (follow) scrollToEnd()
    }
  }

  function setTyping(label: string | null): void {
    const follow = nearEnd()
    typing.hidden = label === null
    const status = typing.querySelector('span')
    if (status !== null && status.textContent !== (label ?? '')) status.textContent = label ?? ''
    if (follow) scrollToEnd()
  }

  scroller.addEventListener('scroll', () => {
    if (nearEnd()) jump.hidden = true
  })
  jump.addEventListener('click', () => {
    scrollToEnd()
    scroller.focus()
  })
  return { element, apply, redraw, scrollToEnd, setTyping }
}
