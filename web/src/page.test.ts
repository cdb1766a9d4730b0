import { expect, test } from 'vitest'
import html from '../index.html?raw'
import { preferredLocale } from './locale'
import { isPageText, pageText } from './texts'

const parsed = new DOMParser().parseFromString(html, 'text/html')

/** What says whose shop it is comes with the server's answer (shop.ts). */
const OF_THE_SHOP = new Set(['brand.name', 'hero.title', 'footer.note'])

test('the page as delivered is the Korean one, word for word, and no particular shop’s', () => {
  expect(parsed.body.textContent).not.toContain('단골상점')
  const elements = [...parsed.querySelectorAll<HTMLElement>('[data-text]')]
  expect(elements.length).toBeGreaterThan(20)
  for (const element of elements) {
    const key = element.dataset['text'] ?? ''
    expect(isPageText(key), key).toBe(true)
    if (isPageText(key) && !OF_THE_SHOP.has(key)) expect(element.textContent.replaceAll(/\s+/g, ' ').trim()).toBe(pageText('ko', key).replaceAll('\n', ' '))
  }
})

test('nothing inline that the content security policy refuses', () => {
  expect(parsed.querySelectorAll('script:not([src]), style, [style]')).toHaveLength(0)
  for (const element of parsed.querySelectorAll('*')) {
    for (const attribute of element.attributes) expect(attribute.name).not.toMatch(/^on/)
  }
})

test('the language is the browser’s first that we have', () => {
  expect(preferredLocale(['ko-KR', 'en-US'])).toBe('ko')
  expect(preferredLocale(['fr-FR', 'ko'])).toBe('ko')
  expect(preferredLocale(['en-GB', 'ko'])).toBe('en')
  expect(preferredLocale(['de'])).toBe('en')
  expect(preferredLocale([])).toBe('ko')
})
