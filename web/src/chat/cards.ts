/** What a reply carries besides its text: products, coupons, sources and choices. */

import { el, icon, safeUrl } from '../dom'
import type { Locale } from '../locale'
import { formatPrice } from '../money'
import type { ChatTexts } from './texts'
import type { Button, Coupon, Product, Source } from './wire'

export interface Words {
  locale: Locale
  texts: ChatTexts
}

export function formatDate(iso: string, locale: Locale): string {
  const date = new Date(iso)
  return Number.isNaN(date.getTime()) ? iso : new Intl.DateTimeFormat(locale, { dateStyle: 'long' }).format(date)
}

function picture(product: Product): HTMLElement | false {
  const src = safeUrl(product.imageUrl)
  if (src === null) return false
  const frame = el('span', { class: 'product-picture' })
  // The name stands right below; the picture adds nothing for who cannot see it.
  const image = el('img', { src, alt: '', loading: 'lazy', decoding: 'async', width: '320', height: '240' })
  image.addEventListener('error', () => {
    image.remove()
  })
  frame.append(image)
  return frame
}

function productCard(product: Product, { locale, texts }: Words): HTMLElement {
  const href = safeUrl(product.url)
  const stock = product.inStock ? texts.inStock : texts.soldOut
  const content = [
    picture(product),
    el('span', { class: 'product-name' }, product.name),
    el('span', { class: 'product-price' }, formatPrice(product.price, product.currency, locale)),
    el('span', { class: product.inStock ? 'product-stock' : 'product-stock product-stock--out' }, stock),
    product.reason !== null && product.reason !== '' && el('span', { class: 'product-reason' }, product.reason),
  ]
  const card =
    href === null
      ? el('span', { class: 'product' }, ...content)
      : el('a', { class: 'product', href, target: '_blank', rel: 'noopener noreferrer' }, ...content)
  return el('li', {}, card)
}

export function productList(products: Product[], words: Words): HTMLElement {
  const cards = products.map((product) => productCard(product, words))
  return el('ul', { class: 'products', 'aria-label': words.texts.products, tabindex: '0' }, ...cards)
}

/** Copies where the browser allows it; a page on plain http has only the old way. */
async function copyText(text: string, within: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const area = el('textarea', { class: 'visually-hidden', readonly: true })
    area.value = text
    within.append(area)
    area.select()
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    const copied = document.execCommand('copy')
    area.remove()
    return copied
  }
}

export function couponCard(coupon: Coupon, { locale, texts }: Words): HTMLElement {
  const label = el('span', {}, texts.copy)
  const button = el('button', { type: 'button', class: 'coupon-copy', 'aria-live': 'polite' }, icon('copy'), label)
  const card = el(
    'div',
    { class: 'coupon', role: 'group', 'aria-label': texts.coupon },
    el('strong', { class: 'coupon-title' }, coupon.title),
    el('code', { class: 'coupon-code' }, coupon.code),
    coupon.expiresAt !== null && el('span', { class: 'coupon-until' }, texts.until(formatDate(coupon.expiresAt, locale))),
    button,
  )
  button.addEventListener('click', () => {
    void copyText(coupon.code, card).then((copied) => {
      label.textContent = copied ? texts.copied : texts.copyFailed
      button.focus()
      setTimeout(() => { label.textContent = texts.copy }, 2500)
    })
  })
  return card
}

export function couponList(coupons: Coupon[], words: Words): HTMLElement {
  const items = coupons.map((coupon) => el('li', {}, couponCard(coupon, words)))
  return el('ul', { class: 'coupons', 'aria-label': words.texts.coupons }, ...items)
}

export function sourceLine(sources: Source[], { texts }: Words): HTMLElement {
  const titles = [...new Set(sources.map((source) => source.title))]
  return el('p', { class: 'sources' }, el('span', { class: 'sources-label' }, `${texts.sources}: `), titles.join(', '))
}

/** The choices under a reply; `open` ones can be pressed, those of earlier turns only read. */
export function buttonRow(buttons: Button[], open: boolean, { texts }: Words, onChoose: (button: Button) => void): HTMLElement {
  const row = el('div', { class: 'choices', role: 'group', 'aria-label': texts.choices })
  for (const button of buttons) {
    const choice = el('button', { type: 'button', class: 'choice', disabled: !open }, button.title)
    choice.addEventListener('click', () => {
      onChoose(button)
    })
    row.append(choice)
  }
  return row
}

/** Closes every set of choices within the log: the customer has gone on. */
export function closeChoices(within: HTMLElement): void {
  for (const choice of within.querySelectorAll<HTMLButtonElement>('.choice:enabled')) choice.disabled = true
}
