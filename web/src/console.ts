/**
 * The staff console's script: htmx with server-sent events, and the few things that HTML has no attribute for. The pages
 * are the server's; without this script their links and forms still work.
 *
 *   <time datetime="…" data-local="time|date|datetime|ago">   shown in the browser's time zone and the page's language
 *   <label data-placeholder="…">      the placeholder of its field, also of one kept through a swap (hx-preserve)
 *   <div data-follow>                 scrolls to its end when something is added, unless the reader is further up
 *   <textarea data-submit="enter|ctrl-enter">   sends its form with that key, never in the middle of a Hangul syllable
 *   <button data-copy="text">         copies the text; data-copied="복사했어요" is shown for a moment
 *   <button data-opens="dialog-id">   opens a <dialog>; <button data-closes> closes the one it is in
 *   <input data-filter="#rows">       hides the children of #rows that do not contain what is typed
 *   <form data-once>                  its submit button is disabled while the request runs
 *   HX-Trigger: {"toast": {"text": "…", "kind": "good|bad"}}   a short notice; htmx's own errors show data-error of <body>
 *
 * No eval under our content security policy: hx-on, hx-vals="js:…" and filters in hx-trigger ("click[ctrlKey]") are off.
 */

import './console.css'
import htmx from 'htmx.org'
import 'htmx-ext-sse'

htmx.config.allowEval = false
htmx.config.includeIndicatorStyles = false
htmx.config.scrollBehavior = 'smooth'
htmx.config.historyCacheSize = 0
// Without style: a field that somebody made larger has one, and our content security policy refuses its being copied.
htmx.config.attributesToSettle = ['class', 'width', 'height']
// A refused form (409 taken by somebody else, 422 not valid) comes back as HTML that says why.
htmx.config.responseHandling = [
  { code: '204', swap: false },
  { code: '[23]..', swap: true },
  { code: '409', swap: true },
  { code: '422', swap: true },
  { code: '[45]..', swap: false, error: true },
]

const NEAR_END = 120
const TOAST_SHOWN = 5000

function showTime(element: HTMLTimeElement): void {
  const date = new Date(element.dateTime)
  if (Number.isNaN(date.getTime())) return
  const language = document.documentElement.lang
  const kind = element.dataset['local']
  element.title = new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'medium' }).format(date)
  if (kind === 'ago') element.textContent = ago(date, language)
  else if (kind === 'date') element.textContent = new Intl.DateTimeFormat(language, { dateStyle: 'medium' }).format(date)
  else if (kind === 'time') element.textContent = new Intl.DateTimeFormat(language, { timeStyle: 'short' }).format(date)
  else element.textContent = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(date)
}

function ago(date: Date, language: string): string {
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' })
  const minutes = Math.round((date.getTime() - Date.now()) / 60_000)
  // "now", 지금: of no minutes the languages make "this minute" and 현재 분.
  if (minutes === 0) return format.format(0, 'second')
  if (Math.abs(minutes) < 60) return format.format(minutes, 'minute')
  if (Math.abs(minutes) < 60 * 24) return format.format(Math.round(minutes / 60), 'hour')
  if (Math.abs(minutes) < 60 * 24 * 30) return format.format(Math.round(minutes / 60 / 24), 'day')
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium' }).format(date)
}

function showTimes(within: ParentNode): void {
  for (const element of within.querySelectorAll<HTMLTimeElement>('time[data-local]')) showTime(element)
}

/** Follows the end of a log; the reader who scrolled up stays where they read. */
function follow(element: HTMLElement): void {
  if (element.dataset['following'] !== undefined) return
  element.dataset['following'] = ''
  element.scrollTop = element.scrollHeight
  let atEnd = true
  element.addEventListener('scroll', () => {
    atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_END
  })
  new MutationObserver(() => {
    if (atEnd) element.scrollTop = element.scrollHeight
  }).observe(element, { childList: true, subtree: true })
}

function prepare(within: ParentNode): void {
  showTimes(within)
  for (const element of within.querySelectorAll<HTMLElement>('[data-follow]')) follow(element)
  for (const label of within.querySelectorAll<HTMLLabelElement>('label[data-placeholder]')) {
    if (label.control instanceof HTMLTextAreaElement) label.control.placeholder = label.dataset['placeholder'] ?? ''
  }
}

function toast(text: string, kind: string): void {
  let shelf = document.querySelector('.toasts')
  if (shelf === null) {
    shelf = document.createElement('div')
    shelf.className = 'toasts'
    shelf.setAttribute('role', 'status')
    document.body.append(shelf)
  }
  const notice = document.createElement('p')
  notice.className = `toast toast--${kind === 'bad' ? 'bad' : 'good'}`
  notice.textContent = text
  shelf.append(notice)
  setTimeout(() => { notice.remove() }, TOAST_SHOWN)
}

function onKey(event: KeyboardEvent): void {
  const field = event.target
  if (event.key !== 'Enter' || !(field instanceof HTMLTextAreaElement)) return
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- Safari reports the end of a composition only so
  if (event.isComposing || event.keyCode === 229) return
  const wanted = field.dataset['submit']
  const control = event.ctrlKey || event.metaKey
  if ((wanted === 'enter' && !event.shiftKey) || (wanted === 'ctrl-enter' && control)) {
    event.preventDefault()
    field.form?.requestSubmit()
  }
}

async function copy(button: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(button.dataset['copy'] ?? '')
  } catch {
    return
  }
  const before = button.textContent
  button.textContent = button.dataset['copied'] ?? '✓'
  setTimeout(() => { button.textContent = before }, 1500)
}

function onClick(event: MouseEvent): void {
  const target = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-copy],[data-opens],[data-closes]') : null
  if (target === null) return
  const { copy: text, opens } = target.dataset
  if (text !== undefined) void copy(target)
  else if (opens !== undefined) {
    const dialog = document.getElementById(opens)
    if (dialog instanceof HTMLDialogElement) dialog.showModal()
  } else target.closest('dialog')?.close()
}

function onInput(event: Event): void {
  const field = event.target
  if (!(field instanceof HTMLInputElement) || field.dataset['filter'] === undefined) return
  const words = field.value.trim().toLowerCase()
  for (const row of document.querySelector(field.dataset['filter'])?.children ?? []) {
    if (row instanceof HTMLElement) row.hidden = words !== '' && !row.textContent.toLowerCase().includes(words)
  }
}

function setSubmitting(target: EventTarget | null, running: boolean): void {
  if (!(target instanceof HTMLFormElement) || target.dataset['once'] === undefined) return
  for (const button of target.querySelectorAll<HTMLButtonElement>('button:not([type="button"])')) button.disabled = running
}

function onError(): void {
  toast(document.body.dataset['error'] ?? 'Something went wrong. Please try again.', 'bad')
}

/**
 * The stream's own reconnection resumes after the last event; after an error htmx opens a new one that begins where the
 * page did. What an element has had it does not take again.
 */
function onStreamed(event: Event): void {
  const { detail, target } = event as CustomEvent<MessageEvent<string> | undefined>
  const id = Number(detail?.lastEventId ?? '')
  if (!(target instanceof HTMLElement) || id === 0 || Number.isNaN(id)) return
  if (id <= Number(target.dataset['seen'] ?? 0)) event.preventDefault()
  else target.dataset['seen'] = String(id)
}

document.addEventListener('htmx:sseBeforeMessage', onStreamed)
document.addEventListener('keydown', onKey)
document.addEventListener('click', onClick)
document.addEventListener('input', onInput)
document.addEventListener('htmx:load', (event) => {
  if (event.target instanceof Element) prepare(event.target.parentElement ?? event.target)
})
document.addEventListener('htmx:beforeRequest', (event) => { setSubmitting(event.target, true) })
document.addEventListener('htmx:afterRequest', (event) => { setSubmitting(event.target, false) })
document.addEventListener('htmx:responseError', onError)
document.addEventListener('htmx:sendError', onError)
document.addEventListener('toast', (event) => {
  const detail: unknown = event instanceof CustomEvent ? event.detail : null
  const { text, kind } = (typeof detail === 'object' && detail !== null ? detail : {}) as { text?: unknown; kind?: unknown }
  if (typeof text === 'string') toast(text, typeof kind === 'string' ? kind : 'good')
})
document.addEventListener('DOMContentLoaded', () => { prepare(document) })
if (document.readyState !== 'loading') prepare(document)
setInterval(() => { showTimes(document) }, 60_000)
