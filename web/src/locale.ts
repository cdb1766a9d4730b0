/** The page's language: the visitor's choice, else the browser's, else Korean. */

export type Locale = 'ko' | 'en'

const KEY = 'dangol.locale'

/** The first of the browser's languages that the page has; English for all the others. */
export function preferredLocale(languages: readonly string[]): Locale {
  for (const language of languages) {
    const primary = language.toLowerCase().split('-')[0]
    if (primary === 'ko' || primary === 'en') return primary
  }
  return languages.length > 0 ? 'en' : 'ko'
}

export function currentLocale(): Locale {
  const chosen = readStored(KEY)
  return chosen === 'ko' || chosen === 'en' ? chosen : preferredLocale(navigator.languages)
}

export function rememberLocale(locale: Locale): void {
  writeStored(KEY, locale)
}

/** Storage that may be refused (private windows, blocked cookies) and is then just empty. */
export function readStored(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

/** Stores a value, or removes it with null. */
export function writeStored(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key)
    else localStorage.setItem(key, value)
  } catch {
    // A browser that keeps nothing still chats; a reload then starts anew.
  }
}
