/** Whose page this is, as the server wrote it into the page's head (dangol/page.py); the demonstration's where it did not. */

import type { Locale } from './locale'

interface Shop {
  name: Record<Locale, string>
  demonstration: boolean
}

const DEMONSTRATION: Shop = { name: { ko: '단골상점', en: 'Dangol Shop' }, demonstration: true }

function read(): Shop {
  const written = document.querySelector<HTMLMetaElement>('meta[name="shop"]')?.content
  return written === undefined ? DEMONSTRATION : (JSON.parse(written) as Shop)
}

const shop = read()

export const isDemonstration = shop.demonstration

/** A text with the shop's name where it says {shop}. */
export function withShop(locale: Locale, text: string): string {
  return text.replaceAll('{shop}', shop.name[locale])
}
