/** The field that messages are written in. One Enter sends one whole message, also in the middle of a Hangul syllable. */

import { el, icon } from '../dom'
import type { ChatTexts } from './texts'

export const TEXT_LIMIT = 4000
export const PICTURE_LIMIT = 5 * 1024 * 1024
export const PICTURE_TYPES = ['image/jpeg', 'image/png', 'image/webp', 'image/gif']

/** keyCode of every key press that an input method has taken for itself. */
const TAKEN_BY_INPUT_METHOD = 229

export interface Composer {
  element: HTMLFormElement
  focus: () => void
  /** Puts words into the field to go on from; what the customer is writing already stays. */
  draft: (text: string) => void
  setTexts: (texts: ChatTexts) => void
}

/** Characters as the server counts them: code points, an emoji is not two. */
export function countCharacters(text: string): number {
  return Array.from(text).length
}

/** Whether this key press means "send": Enter alone, and not one that finishes a syllable. */
export function isSendKey(event: KeyboardEvent): boolean {
  if (event.key !== 'Enter' || event.shiftKey || event.altKey) return false
  // Safari ends the composition before the key event and reports only the old keyCode.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  return !event.isComposing && event.keyCode !== TAKEN_BY_INPUT_METHOD
}

export function createComposer(
  initial: ChatTexts,
  onSend: (text: string) => void,
  onPicture: (file: File) => void,
): Composer {
  let texts = initial
  let composing = false
  let sendWhenComposed = false

  const field = el('textarea', { class: 'composer-field', rows: '1', autocomplete: 'off', enterkeyhint: 'send' })
  const hint = el('p', { class: 'composer-hint', id: 'composer-hint', role: 'status' })
  const picture = el('input', { type: 'file', class: 'visually-hidden', accept: PICTURE_TYPES.join(','), tabindex: '-1' })
  const pictureButton = el('button', { type: 'button', class: 'icon-button' }, icon('picture'))
  const sendButton = el('button', { type: 'submit', class: 'icon-button composer-send' }, icon('send'))
  const count = el('span', { class: 'composer-count' })
  field.setAttribute('aria-describedby', hint.id)
  const element = el(
    'form',
    { class: 'composer' },
    hint,
    el('div', { class: 'composer-row' }, pictureButton, picture, el('div', { class: 'composer-box' }, field, count), sendButton),
  )

  function refresh(): void {
    const used = countCharacters(field.value.trim())
    const over = used - TEXT_LIMIT
    count.textContent = used === 0 ? '' : texts.count(used, TEXT_LIMIT)
    element.classList.toggle('composer--over', over > 0)
    field.toggleAttribute('aria-invalid', over > 0)
    hint.textContent = over > 0 ? texts.tooLong(over) : ''
    sendButton.disabled = used === 0 || over > 0
    field.style.height = 'auto'
    field.style.height = `${field.scrollHeight}px`
  }

  function send(): void {
    const text = field.value.trim()
    if (text === '' || countCharacters(text) > TEXT_LIMIT) return
    field.value = ''
    refresh()
    onSend(text)
  }

  field.addEventListener('input', refresh)
  field.addEventListener('keydown', (event) => {
    if (!isSendKey(event)) return
    event.preventDefault()
    send()
  })
  field.addEventListener('compositionstart', () => {
    composing = true
  })
  field.addEventListener('compositionend', () => {
    composing = false
    if (!sendWhenComposed) return
    sendWhenComposed = false
    // The finished syllable is in the field once this event is over.
    setTimeout(() => {
      send()
      field.focus()
    })
  })
  element.addEventListener('submit', (event) => {
    event.preventDefault()
    if (composing) {
      // Clearing the field now would leave the last syllable in it; leaving the field finishes the syllable.
      sendWhenComposed = true
      field.blur()
    } else {
      send()
      field.focus()
    }
  })
  pictureButton.addEventListener('click', () => {
    picture.click()
  })
  picture.addEventListener('change', () => {
    const file = picture.files?.[0]
    picture.value = ''
    if (file === undefined) return
    const refused = !PICTURE_TYPES.includes(file.type) ? texts.pictureTypes : file.size > PICTURE_LIMIT ? texts.pictureSize : null
    hint.textContent = refused ?? ''
    if (refused === null) onPicture(file)
  })

  function draft(text: string): void {
    if (field.value.trim() === '') {
      field.value = text
      refresh()
    }
    field.focus()
    field.setSelectionRange(field.value.length, field.value.length)
  }

  function setTexts(next: ChatTexts): void {
    texts = next
    field.placeholder = texts.placeholder
    field.setAttribute('aria-label', texts.composer)
    for (const [button, label] of [[sendButton, texts.send], [pictureButton, texts.picture]] as const) {
      button.setAttribute('aria-label', label)
      button.title = label
    }
    picture.setAttribute('aria-label', texts.picture)
    refresh()
  }

  setTexts(initial)
  return { element, focus: () => { field.focus() }, draft, setTexts }
}
