/**
 * A reply's text as nodes: paragraphs, line breaks, lists, **bold**, https links and addresses of this site's own pages
 * (/checkout?cart=…), the part of Markdown that articles use. Everything else stays the text it is; no markup of the server's is ever parsed as HTML.
 */

import { el, safeUrl } from '../dom'

const BULLET = /^\s*[-*•]\s+(.*)$/
const NUMBERED = /^\s*\d{1,3}[.)]\s+(.*)$/
const HEADING = /^#{1,6}\s+(.*)$/
// Lengths are bounded, and what cannot be part of a label is not in it: a hostile text costs no more time than another.
const INLINE = /\*\*([^*\n]{1,500})\*\*|\[([^[\]\n]{1,300})\]\(([^()\s]{1,2000})\)|((?:https:\/\/|(?<!\S)\/[a-z]{1,30}\?)[^\s<>"'()[\]]{1,4000})/g
/** A signed address is long, and nobody reads it. */
const LABEL_LIMIT = 60
const TRAILING = /[.,!?;:]+$/

function link(url: string, label: string): Node {
  const href = safeUrl(url)
  if (href === null) return document.createTextNode(label)
  return el('a', { href, target: '_blank', rel: 'noopener noreferrer' }, label)
}

function plainLink(url: string): Node {
  return link(url, url.length > LABEL_LIMIT ? `${url.slice(0, LABEL_LIMIT)}…` : url)
}

function inline(parent: Node, text: string): void {
  let end = 0
  for (const match of text.matchAll(INLINE)) {
    const [whole, bold, label, url, address] = match
    if (match.index > end) parent.appendChild(document.createTextNode(text.slice(end, match.index)))
    if (bold !== undefined) parent.appendChild(el('strong', {}, bold))
    else if (label !== undefined && url !== undefined) parent.appendChild(link(url, label))
    else if (address !== undefined) parent.appendChild(plainLink(address.replace(TRAILING, '')))
    end = match.index + (address === undefined ? whole : whole.replace(TRAILING, '')).length
  }
  if (end < text.length) parent.appendChild(document.createTextNode(text.slice(end)))
}

export function richText(text: string): DocumentFragment {
  const fragment = document.createDocumentFragment()
  let block: HTMLElement | null = null
  for (const line of text.split(/\r\n|\r|\n/)) {
    const item = BULLET.exec(line) ?? NUMBERED.exec(line)
    if (line.trim() === '') {
      block = null
    } else if (item?.[1] !== undefined) {
      const tag = BULLET.test(line) ? 'ul' : 'ol'
      const list: HTMLElement = block?.localName === tag ? block : el(tag)
      const entry = el('li')
      inline(entry, item[1])
      list.append(entry)
      if (list !== block) fragment.append(list)
      block = list
    } else {
      const paragraph: HTMLElement = block?.localName === 'p' ? block : el('p')
      if (paragraph === block) paragraph.append(el('br'))
      const heading = HEADING.exec(line)
      if (heading?.[1] === undefined) inline(paragraph, line)
      else paragraph.append(el('strong', {}, heading[1]))
      if (paragraph !== block) fragment.append(paragraph)
      block = paragraph
    }
  }
  return fragment
}
