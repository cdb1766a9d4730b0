import { beforeEach, describe, expect, test, vi } from 'vitest'
import { countCharacters, createComposer, isSendKey } from './composer'
import { chatTexts } from './texts'

let sent: string[] = []

function setUp() {
  sent = []
  const pictures: File[] = []
  const composer = createComposer(chatTexts('ko'), (text) => sent.push(text), (file) => pictures.push(file))
  document.body.replaceChildren(composer.element)
  const field = composer.element.querySelector('textarea')!
  const button = composer.element.querySelector<HTMLButtonElement>('button[type=submit]')!
  const write = (text: string) => {
    field.value = text
    field.dispatchEvent(new Event('input', { bubbles: true }))
  }
  const press = (init: KeyboardEventInit & { keyCode?: number }) => {
    const event = new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...init })
    if (init.keyCode !== undefined) Object.defineProperty(event, 'keyCode', { value: init.keyCode })
    field.dispatchEvent(event)
    return event
  }
  return { composer, field, button, write, press, pictures }
}

beforeEach(() => {
  vi.useFakeTimers()
})

describe('composing Hangul', () => {
  test('Chromium: the Enter that ends the syllable is not the Enter that sends', () => {
    const { field, write, press } = setUp()
    field.dispatchEvent(new Event('compositionstart'))
    write('안녕하세요')
    expect(press({ isComposing: true, keyCode: 229 }).defaultPrevented).toBe(false)
    expect(sent).toEqual([])
    field.dispatchEvent(new Event('compositionend'))
    press({ keyCode: 13 })
    expect(sent).toEqual(['안녕하세요'])
    expect(field.value).toBe('')
  })

  test('Safari: the composition has ended already, only keyCode tells', () => {
    const { field, write, press } = setUp()
    field.dispatchEvent(new Event('compositionstart'))
    write('반품')
    field.dispatchEvent(new Event('compositionend'))
    press({ isComposing: false, keyCode: 229 })
    expect(sent).toEqual([])
    press({ keyCode: 13 })
    expect(sent).toEqual(['반품'])
  })

  test('the send button finishes the syllable first, and sends one whole message', () => {
    const { composer, field, write } = setUp()
    field.addEventListener('blur', () => {
      write('배송비')
      field.dispatchEvent(new Event('compositionend'))
    })
    field.focus()
    field.dispatchEvent(new Event('compositionstart'))
    write('배송ㅂ')
    composer.element.dispatchEvent(new Event('submit', { cancelable: true }))
    expect(sent).toEqual([])
    vi.runAllTimers()
    expect(sent).toEqual(['배송비'])
    expect(field.value).toBe('')
  })
})

describe('keys', () => {
  test('Shift+Enter breaks the line, Enter sends once', () => {
    const { write, press } = setUp()
    write('one')
    expect(press({ shiftKey: true }).defaultPrevented).toBe(false)
    expect(sent).toEqual([])
    write('one\ntwo')
    expect(press({}).defaultPrevented).toBe(true)
    press({})
    expect(sent).toEqual(['one\ntwo'])
  })

  test('other keys send nothing', () => {
    expect(isSendKey(new KeyboardEvent('keydown', { key: 'a' }))).toBe(false)
    expect(isSendKey(new KeyboardEvent('keydown', { key: 'Enter', altKey: true }))).toBe(false)
  })
})

describe('limits', () => {
  test('characters are counted as the server counts them', () => {
    expect(countCharacters('안녕👋')).toBe(3)
  })

  test('4,000 characters go, one more does not and says so', () => {
    const { composer, button, write, press } = setUp()
    write('가'.repeat(4001))
    expect(button.disabled).toBe(true)
    expect(composer.element.querySelector('.composer-hint')?.textContent).toContain('1자')
    press({})
    expect(sent).toEqual([])
    write('가'.repeat(4000))
    press({})
    expect(sent).toHaveLength(1)
  })

  test('blank text is no message', () => {
    const { button, write, press } = setUp()
    write(' \n ')
    expect(button.disabled).toBe(true)
    press({})
    expect(sent).toEqual([])
  })

  test('a file that is no picture is refused before it is sent', () => {
    const { composer, pictures } = setUp()
    const input = composer.element.querySelector<HTMLInputElement>('input[type=file]')!
    const choose = (file: File) => {
      Object.defineProperty(input, 'files', { value: [file], configurable: true })
      input.dispatchEvent(new Event('change'))
    }
    choose(new File(['%PDF'], 'a.pdf', { type: 'application/pdf' }))
    expect(pictures).toEqual([])
    expect(composer.element.querySelector('.composer-hint')?.textContent).toContain('JPG')
    choose(new File(['x'], 'a.png', { type: 'image/png' }))
    expect(pictures).toHaveLength(1)
  })
})

test('a draft is there to go on from, and never replaces what is being written', () => {
  const { composer, field, button, write } = setUp()
  composer.draft('로즈 토너 ')
  expect(field.value).toBe('로즈 토너 ')
  expect(document.activeElement).toBe(field)
  expect(field.selectionStart).toBe(6)
  expect(button.disabled).toBe(false)
  write('이거 말고')
  composer.draft('쌀 에센스 ')
  expect(field.value).toBe('이거 말고')
  expect(sent).toEqual([])
})
