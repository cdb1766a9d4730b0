/** The console's script and styles in real Chromium, on a page of their own under the platform's policy. Needs `npm run build` first. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { browserPath, launch } from './chromium.mjs'

const PAGE = `<!doctype html><html lang="ko"><head><meta charset="utf-8"><link rel="stylesheet" href="/console.css">
<script src="/console.js" defer></script></head>
<body class="console" data-error="저장하지 못했어요.">
<div hx-ext="sse" sse-connect="/events" class="log" data-follow id="log"><div sse-swap="entry" hx-swap="beforeend"></div></div>
<time datetime="2031-01-05T03:00:00Z" data-local="date"></time>
<form class="reply" hx-post="/reply" hx-target="#result" data-once><textarea name="text" data-submit="enter"></textarea><button class="button">보내기</button></form>
<div id="result"></div><button class="button" hx-get="/broken" hx-target="#result" id="breaks">x</button>
<button data-opens="ask" id="opens">열기</button><dialog class="dialog" id="ask"><button data-closes id="closes">닫기</button></dialog>
<input data-filter="#rows"><ul id="rows"><li>사과</li><li>배</li></ul></body></html>`

const POLICY = "default-src 'self'; img-src 'self' data: https:; style-src 'self'; script-src 'self'; connect-src 'self'"

test('htmx, events, keys, dialogs and notices work without eval or inline code', { skip: browserPath === undefined, timeout: 60_000 }, async () => {
  /** @type {string[]} */
  const posted = []
  const server = createServer(async (request, response) => {
    response.setHeader('Content-Security-Policy', POLICY)
    const path = request.url ?? '/'
    if (path === '/') response.writeHead(200, { 'Content-Type': 'text/html' }).end(PAGE)
    else if (path === '/events') {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' })
      response.write('id: 1\nevent: entry\ndata: <p class="entry">새 메시지 <time datetime="2031-01-05T03:00:00Z" data-local="time"></time></p>\n\n')
    } else if (path === '/reply') {
      const chunks = []
      for await (const chunk of request) chunks.push(chunk)
      posted.push(decodeURIComponent(Buffer.concat(chunks).toString('utf8')))
      response.writeHead(422, { 'Content-Type': 'text/html', 'HX-Trigger': JSON.stringify({ toast: { text: 'ok' } }) }).end('<b>너무 짧아요</b>')
    } else if (path === '/broken') response.writeHead(500).end('stack')
    else {
      const file = await readFile(new URL(`../dist/console${path}`, import.meta.url)).catch(() => null)
      response.writeHead(file === null ? 404 : 200, { 'Content-Type': path.endsWith('.js') ? 'text/javascript' : 'text/css' }).end(file)
    }
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)))
  const address = server.address()
  const browser = await launch()
  try {
    const page = await browser.newPage({ locale: 'ko-KR', timezoneId: 'Asia/Seoul' })
    /** @type {string[]} */
    const complaints = []
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('console', (message) => { if (/Content Security Policy/.test(message.text())) complaints.push(message.text()) })
    await page.goto(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`)
    await page.getByText('새 메시지').waitFor()
    assert.equal(await page.locator('.entry time').textContent(), '오후 12:00')
    assert.equal(await page.locator('body > time').textContent(), '2031. 1. 5.')

    await page.locator('textarea').fill('안녕')
    await page.locator('textarea').press('Shift+Enter')
    await page.locator('textarea').press('Enter')
    await page.getByText('너무 짧아요').waitFor()
    assert.deepEqual(posted, ['text=안녕\n'])
    await page.locator('.toast--good', { hasText: 'ok' }).waitFor()

    await page.locator('#breaks').click()
    await page.locator('.toast--bad', { hasText: '저장하지 못했어요.' }).waitFor()
    await page.locator('#opens').click()
    await page.locator('#closes').click()
    assert.equal(await page.locator('#ask').isVisible(), false)
    await page.locator('input').fill('배')
    assert.equal(await page.getByText('사과').isVisible(), false)
    assert.deepEqual(complaints, [])
  } finally {
    await browser.close()
    server.closeAllConnections()
    server.close()
  }
})
