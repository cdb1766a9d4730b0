/** The product that the address names: picture, price, stock, and a way to ask about it. Loaded only for such an address. */

import './product.css'
import { el, safeUrl } from './dom'
import type { Locale } from './locale'
import { formatPrice } from './money'
import { pageText, type PageText } from './texts'

export interface ProductView {
  element: HTMLElement
  /** Shows the product in this language; what comes late of another language is dropped. */
  show: (locale: Locale) => Promise<void>
}

export interface ProductOptions {
  apiBase: string
  onAsk: (name: string) => void
  /** The name under which it is shown now; null when there is a note in its place. */
  onShown: (name: string | null) => void
  fetcher?: typeof fetch
}

interface Product {
  name: string
  description: string
  brand: string
  price: number
  currency: string
  inStock: boolean
  imageUrl: string | null
}

type Found = Product | 'unknown' | 'failed'

function readProduct(value: unknown): Found {
  const fields = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  const words = (key: string): string => (typeof fields[key] === 'string' ? fields[key] : '')
  if (words('name') === '') return 'failed'
  return {
    name: words('name'),
    description: words('description'),
    brand: words('brand'),
    price: typeof fields['price'] === 'number' ? fields['price'] : NaN,
    currency: words('currency'),
    inStock: fields['in_stock'] === true,
    imageUrl: safeUrl(words('image_url')),
  }
}

async function find(address: string, fetcher: typeof fetch, signal: AbortSignal): Promise<Found> {
  try {
    const response = await fetcher(address, { signal })
    if (response.ok) return readProduct(await response.json())
    // 422: an address that no product can have.
    return response.status === 404 || response.status === 422 ? 'unknown' : 'failed'
  } catch {
    return 'failed'
  }
}

function picture(src: string): HTMLElement {
  // The name stands beside it; the picture adds nothing for who cannot see it.
  const image = el('img', { src, alt: '', width: '640', height: '640' })
  const frame = el('div', { class: 'offer-picture' }, image)
  image.addEventListener('error', () => { frame.remove() })
  return frame
}

function note(locale: Locale, kind: 'unknown' | 'failed'): HTMLElement {
  return el(
    'div',
    { class: 'offer-note', role: 'status' },
    el('h2', {}, pageText(locale, `product.${kind}.title`)),
    el('p', {}, pageText(locale, `product.${kind}.text`)),
  )
}

function offer(product: Product, locale: Locale, onAsk: (name: string) => void): HTMLElement[] {
  const stock: PageText = product.inStock ? 'product.in_stock' : 'product.sold_out'
  const ask = el('button', { type: 'button', class: 'main-button' }, pageText(locale, 'product.ask'))
  ask.addEventListener('click', () => { onAsk(product.name) })
  const words = el(
    'div',
    { class: 'offer-words' },
    product.brand !== '' && el('p', { class: 'eyebrow' }, product.brand),
    el('h1', {}, product.name),
    el(
      'p',
      { class: 'offer-facts' },
      el('strong', { class: 'offer-price' }, formatPrice(product.price, product.currency, locale)),
      el('span', { class: product.inStock ? 'offer-stock' : 'offer-stock offer-stock--out' }, pageText(locale, stock)),
    ),
    product.description !== '' && el('p', { class: 'lead' }, product.description),
    el('p', { class: 'hero-actions' }, ask),
  )
  return product.imageUrl === null ? [words] : [picture(product.imageUrl), words]
}

export function createProductView(id: string, options: ProductOptions): ProductView {
  const { onAsk, onShown } = options
  const fetcher = options.fetcher ?? fetch.bind(window)
  const element = el('section', { class: 'offer' })
  let current = new AbortController()

  async function show(locale: Locale): Promise<void> {
    current.abort()
    const mine = new AbortController()
    current = mine
    const found = await find(`${options.apiBase}/products/${encodeURIComponent(id)}?locale=${locale}`, fetcher, mine.signal)
    if (mine.signal.aborted) return
    element.setAttribute('aria-label', pageText(locale, 'product.label'))
    element.classList.toggle('offer--note', typeof found === 'string')
    element.replaceChildren(...(typeof found === 'string' ? [note(locale, found)] : offer(found, locale, onAsk)))
    onShown(typeof found === 'string' ? null : found.name)
  }

  return { element, show }
}
