/** Elements built as nodes: a string is always text, never markup. */

export type Child = Node | string | null | false

export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string | boolean> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false) element.setAttribute(name, value === true ? '' : value)
  }
  for (const child of children) if (child !== null && child !== false) element.append(child)
  return element
}

const SVG = 'http://www.w3.org/2000/svg'

const ICONS = {
  chat: 'M4 5.5h16v10.5h-9l-4.5 4v-4H4z',
  close: 'M6 6l12 12M18 6L6 18',
  send: 'M4 12l16-7-6 15-3-6.5z',
  picture: 'M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9.5h.01',
  up: 'M7 11v9H4v-9zM7 11l4-7c1.7 0 2.6 1.2 2.2 2.8L12.6 9.5h5.2c1.3 0 2.2 1.2 1.9 2.4l-1.5 6.2c-.3 1.1-1.2 1.9-2.4 1.9H7',
  down: 'M17 13V4h3v9zM17 13l-4 7c-1.7 0-2.6-1.2-2.2-2.8l.6-2.7H6.2c-1.3 0-2.2-1.2-1.9-2.4l1.5-6.2C6.100 4.800 7 4 8.200 4H17',
  arrow: 'M12 5v14M6 13l6 6 6-6',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
} as const

export type IconName = keyof typeof ICONS

/** A drawn line icon, hidden from assistive technology: whatever holds it carries the label. */
export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.setAttribute('class', 'icon')
  svg.setAttribute('aria-hidden', 'true')
  const path = document.createElementNS(SVG, 'path')
  path.setAttribute('d', ICONS[name])
  svg.append(path)
  return svg
}

/** An address that may be linked or shown: https, or of this very origin. Null for everything else. */
export function safeUrl(raw: string | null): string | null {
  if (raw === null || raw === '') return null
  try {
    const url = new URL(raw, location.href)
    const ours = url.origin === location.origin && url.protocol === 'http:'
    return url.protocol === 'https:' || ours ? url.href : null
  } catch {
    return null
  }
}

/** A picture's bytes as an address for an `img`: the content security policy has no place for blob: addresses. */
export function pictureUrl(picture: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.addEventListener('load', () => { resolve(typeof reader.result === 'string' ? reader.result : '') })
    reader.addEventListener('error', () => { reject(reader.error ?? new Error('unreadable')) })
    reader.readAsDataURL(picture)
  })
}
