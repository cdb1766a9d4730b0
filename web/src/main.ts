/** The customer's page: its words, the language switch, and the chat, which is loaded when it is first opened. */

import './page.css'
import type { Panel } from './chat/panel'
import type { ProductView } from './product'
import { readStored, writeStored, currentLocale, rememberLocale, type Locale } from './locale'
import { isPageText, pageText } from './texts'

const OPEN_KEY = 'dangol.open'
/** Narrower than this the chat covers the page. */
const COVERS_PAGE = '(max-width: 640px)'

function must(selector: string): HTMLElement {
  const element = document.querySelector<HTMLElement>(selector)
  if (element === null) throw new Error(`${selector} is missing from index.html`)
  return element
}

const page = must('[data-page]')
const dock = must('[data-dock]')
const launcher = must('[data-launcher]')
const launcherLabel = must('[data-launcher-label]')
const trouble = must('[data-trouble]')
const account = must('[data-account]')
const hero = must('.hero')
/** The product that the address names (/?product=…): shown in place of the welcome. */
const productId = new URLSearchParams(location.search).get('product')

let locale = currentLocale()
let panel: Promise<Panel> | null = null
let loaded: Panel | null = null
let open = false
let unread = false
let product: ProductView | null = null

function showTexts(): void {
  document.documentElement.lang = locale
  document.title = pageText(locale, 'page.title')
  for (const element of document.querySelectorAll<HTMLElement>('[data-text]')) {
    const key = element.dataset['text'] ?? ''
    if (isPageText(key)) element.textContent = pageText(locale, key)
  }
  must('[data-languages]').setAttribute('aria-label', pageText(locale, 'language.label'))
  for (const button of document.querySelectorAll<HTMLButtonElement>('[data-language]')) {
    button.setAttribute('aria-pressed', String(button.dataset['language'] === locale))
  }
  showLauncher()
}

function showLauncher(): void {
  const label = pageText(locale, open ? 'launcher.close' : 'launcher.open')
  launcher.setAttribute('aria-label', unread ? `${label} (${pageText(locale, 'launcher.unread')})` : label)
  launcher.setAttribute('aria-expanded', String(open))
  launcher.classList.toggle('launcher--unread', unread)
  launcherLabel.textContent = pageText(locale, 'launcher.label')
}

function chooseLocale(next: Locale): void {
  locale = next
  rememberLocale(next)
  showTexts()
  loaded?.setLocale(next)
  void product?.show(next)
}

async function load(): Promise<Panel> {
  const { createPanel } = await import('./chat/panel')
  const created = createPanel({
    locale,
    apiBase: '/api/v1',
    onClose: () => { setOpen(false) },
    onIncoming: () => {
      if (open && document.visibilityState === 'visible') return
      unread = true
      showLauncher()
    },
    onCustomer: (customer) => {
      account.hidden = customer === null
      account.textContent = customer?.name ?? ''
    },
  })
  loaded = created
  dock.append(created.element)
  return created
}

/** The panel, loaded on first use; a load that failed is tried anew the next time. */
function getPanel(): Promise<Panel> {
  panel ??= load().catch((error: unknown) => {
    panel = null
    throw error
  })
  return panel
}

function setOpen(next: boolean): void {
  open = next
  document.body.classList.toggle('chat-open', next)
  dock.hidden = !next
  page.inert = next && window.matchMedia(COVERS_PAGE).matches
  writeStored(OPEN_KEY, next ? '1' : null)
  if (next) unread = false
  else launcher.focus()
  showLauncher()
}

async function openChat(then?: (panel: Panel) => unknown): Promise<void> {
  trouble.hidden = true
  try {
    const ready = await getPanel()
    setOpen(true)
    ready.shown()
    await then?.(ready)
  } catch {
    trouble.textContent = pageText(locale, 'launcher.failed')
    trouble.hidden = false
  }
}

/**
 * Opens the chat when the address asks for it. An identity is taken out of the address at once, so that nobody shares it
 * by copying the link. False when the address asks for nothing.
 */
function readFragment(): boolean {
  const fragment = new URLSearchParams(location.hash.slice(1))
  const identity = fragment.get('identity')
  if (identity !== null) {
    history.replaceState(null, '', location.pathname + location.search)
    void openChat((ready) => ready.signIn(identity))
  } else if (fragment.has('chat')) {
    void openChat()
  } else {
    return false
  }
  return true
}

async function showProduct(id: string): Promise<void> {
  hero.hidden = true
  try {
    const { createProductView } = await import('./product')
    product = createProductView(id, {
      apiBase: '/api/v1',
      onAsk: (name) => void openChat((ready) => { ready.draft(`${name} `) }),
      onShown: (name) => {
        hero.hidden = name !== null
        if (name !== null) document.title = `${name} · ${pageText(locale, 'page.title')}`
      },
    })
    hero.before(product.element)
    await product.show(locale)
  } catch {
    hero.hidden = false
  }
}

for (const button of document.querySelectorAll<HTMLButtonElement>('[data-language]')) {
  button.addEventListener('click', () => { chooseLocale(button.dataset['language'] === 'en' ? 'en' : 'ko') })
}
for (const button of document.querySelectorAll<HTMLButtonElement>('[data-ask]')) {
  button.addEventListener('click', () => {
    const question = button.querySelector('[data-question]')?.textContent ?? ''
    void openChat((ready) => { ready.ask(question) })
  })
}
launcher.addEventListener('click', () => {
  if (open) setOpen(false)
  else void openChat()
})
must('[data-open-chat]').addEventListener('click', () => void openChat())
window.matchMedia(COVERS_PAGE).addEventListener('change', (query) => { page.inert = open && query.matches })
window.addEventListener('hashchange', readFragment)

showTexts()
if (productId !== null && productId !== '') void showProduct(productId)
// A reload in the middle of a conversation finds it as it was.
if (!readFragment() && readStored(OPEN_KEY) === '1') void openChat()
