import { describe, expect, test } from 'vitest'
import { safeUrl } from '../dom'
import { formatPrice } from '../money'
import { richText } from './rich'

function html(text: string): string {
  const holder = document.createElement('div')
  holder.append(richText(text))
  return holder.innerHTML
}

describe('a reply’s text', () => {
  test('paragraphs, breaks, lists, bold and links', () => {
    expect(html('하나\n둘\n\n- **굵게**\n- 둘째\n1. 차례\n\n끝')).toBe(
      '<p>하나<br>둘</p><ul><li><strong>굵게</strong></li><li>둘째</li></ul><ol><li>차례</li></ol><p>끝</p>',
    )
    const link = richText('[안내](https://shop.example/a) 와 https://shop.example/b.').querySelectorAll('a')
    expect(Array.from(link, (a) => [a.textContent, a.href])).toEqual([
      ['안내', 'https://shop.example/a'],
      ['https://shop.example/b', 'https://shop.example/b'],
    ])
    expect(link[0]?.rel).toBe('noopener noreferrer')
  })

  test('markup stays text, and only https becomes a link', () => {
    expect(html('<img src=x onerror=alert(1)>')).toBe('<p>&lt;img src=x onerror=alert(1)&gt;</p>')
    expect(html('[x](javascript:alert) http://plain.example')).toBe('<p>x http://plain.example</p>')
  })

  test('an address of this site is a link, and a long one is cut short to the eye', () => {
    const address = `/checkout?cart=${'e'.repeat(300)}`
    const [found] = richText(`여기요\n${address}`).querySelectorAll('a')
    expect(found?.getAttribute('href')).toContain(address)
    expect(found?.textContent).toBe(`${address.slice(0, 60)}…`)
    expect(html('1/2 or a/b?c')).toBe('<p>1/2 or a/b?c</p>')
  })

  test('long hostile text is read in no time', () => {
    const started = performance.now()
    richText('**'.repeat(20_000) + '['.repeat(20_000) + 'https://'.repeat(5_000))
    expect(performance.now() - started).toBeLessThan(2_000)
  })
})

test('addresses: https anywhere, our own origin, nothing else', () => {
  expect(safeUrl('https://shop.example/a')).toBe('https://shop.example/a')
  expect(safeUrl('/media/a.svg')).toBe(`${location.origin}/media/a.svg`)
  for (const bad of ['javascript:alert(1)', 'data:text/html,x', 'http://plain.example/', '', 'https://', null]) expect(safeUrl(bad)).toBeNull()
})

test('prices as each language writes them', () => {
  expect(formatPrice(18900, 'KRW', 'ko')).toBe('18,900원')
  expect(formatPrice(18900, 'KRW', 'en')).toBe('₩18,900')
  expect(formatPrice(1250, 'USD', 'en')).toBe('$12.50')
  expect(formatPrice(NaN, 'KRW', 'ko')).toBe('')
})
