/** Amounts of money as they are written in the page and in the chat. */

import type { Locale } from './locale'

/** A price in the currency's minor unit, as its country writes it. */
export function formatPrice(price: number, currency: string, locale: Locale): string {
  if (!Number.isFinite(price)) return ''
  try {
    const format = new Intl.NumberFormat(locale, { style: 'currency', currency })
    const digits = format.resolvedOptions().maximumFractionDigits ?? 0
    if (currency === 'KRW' && locale === 'ko') return `${price.toLocaleString('ko')}원`
    return format.format(price / 10 ** digits)
  } catch {
    return `${price.toLocaleString(locale)} ${currency}`
  }
}
