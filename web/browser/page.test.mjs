/** The built page in real Chromium against the stand-in API: what only a browser can show. Needs `npm run build` first. */
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { startServer } from '../dev/server.mjs'
import { browserPath, launch } from './chromium.mjs'

const options = { skip: browserPath === undefined ? 'no Chromium on this machine' : false, timeout: 60_000 }
/** @type {import('playwright-core').Browser} */
let browser
/** @type {import('playwright-core').Page} */
let page
/** @type {Awaited<ReturnType<typeof startServer>>} */
let server
/** @type {string[]} */
let complaints

before(async () => {
  if (browserPath !== undefined) browser = await launch()
})
after(() => browser?.close())
beforeEach(async () => {
  if (browserPath === undefined) return
  server = await startServer({ pace: 30 })
  await newPage('ko-KR')
})
afterEach(async () => {
  if (browserPath === undefined) return
  await page.context().close()
  await server.stop()
})

/** @param {string} locale */
async function newPage(locale) {
  await page?.context().close()
  const context = await browser.newContext({ locale, viewport: { width: 1280, height: 860 } })
  page = await context.newPage()
  complaints = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) complaints.push(message.text())
  })
  await page.goto(server.url)
}

const field = () => page.locator('.composer-field')
const bubbles = (/** @type {string} */ author) => page.locator(`.message--${author} .bubble`)

async function openChat() {
  await page.locator('[data-launcher]').click()
  await field().waitFor()
}

/** @param {string} text */
async function say(text) {
  await field().fill(text)
  await field().press('Enter')
}

test('Hangul: one Enter in the middle of a syllable, one whole message', options, async () => {
  await openChat()
  const session = await page.context().newCDPSession(page)
  await field().pressSequentially('배송')
  await session.send('Input.imeSetComposition', { text: '비', selectionStart: 1, selectionEnd: 1 })
  // As Chromium does it with a Korean input method: the key goes to the input method, the syllable ends, the key comes again.
  const enter = { key: 'Enter', code: 'Enter' }
  await session.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...enter, windowsVirtualKeyCode: 229 })
  assert.equal(server.api.received.length, 0)
  await session.send('Input.insertText', { text: '비' })
  await session.send('Input.dispatchKeyEvent', { type: 'keyDown', ...enter, windowsVirtualKeyCode: 13, text: '\r' })
  await session.send('Input.dispatchKeyEvent', { type: 'keyUp', ...enter, windowsVirtualKeyCode: 13 })
  await bubbles('bot').nth(1).waitFor()
  assert.deepEqual(server.api.received.map(({ body }) => body.text), ['배송비'])
  assert.equal(await field().inputValue(), '')
})

test('Hangul: the send button in the middle of a syllable takes it along', options, async () => {
  await openChat()
  const session = await page.context().newCDPSession(page)
  await field().pressSequentially('쿠')
  await session.send('Input.imeSetComposition', { text: '폰', selectionStart: 1, selectionEnd: 1 })
  await page.locator('.composer-send').click()
  await bubbles('bot').nth(1).waitFor()
  assert.deepEqual(server.api.received.map(({ body }) => body.text), ['쿠폰'])
  assert.equal(await field().inputValue(), '')
})

test('a lost answer is asked for again under the same id, and shown once', options, async () => {
  await openChat()
  await say('drop shipping')
  await bubbles('bot').nth(1).waitFor()
  await page.locator('.message--sent').waitFor()
  assert.deepEqual(server.api.received.map(({ repeated }) => repeated), [false, true])
  assert.equal(await bubbles('customer').count(), 1)
  assert.equal(await bubbles('bot').count(), 2)
})

test('429 waits, 202 is answered by an event, also over a broken stream', options, async () => {
  await openChat()
  await say('busy shipping')
  await bubbles('bot').nth(1).waitFor()
  await say('late return')
  await page.getByText('답변이 조금 늦어지고 있어요').waitFor()
  server.api.cutStreams()
  await page.getByText('7 days').waitFor()
  assert.match((await page.locator('.panel-status').textContent()) ?? '', /챗봇/)
})

test('a reload shows the history; an expired session begins anew with the same message', options, async () => {
  await openChat()
  await say('반품은 며칠까지예요?')
  await page.getByText('반품 가능 기간').waitFor()
  await page.reload()
  await page.getByText('반품 가능 기간').waitFor()
  assert.equal(await bubbles('customer').count(), 1)
  server.api.conversations.clear()
  await say('배송비는요?')
  await page.getByText('배송비는 3,000원').waitFor()
  await page.getByText('지금부터는 새 대화예요').waitFor()
})

test('staff are named while they answer, and the assistant comes back', options, async () => {
  await openChat()
  await say('상담원 연결해 주세요')
  await page.getByText('상담원을 기다리고 있어요').waitFor()
  await page.getByText('상담원 김하늘님과 이야기하고 있어요').waitFor()
  await bubbles('staff').waitFor()
  await say('고마워요, 끝낼게요')
  await page.getByText('다시 챗봇이 도와드려요').waitFor()
})

test('choices can be pressed only while they are the latest', options, async () => {
  await openChat()
  await say('선물 추천해 주세요')
  const more = page.getByRole('button', { name: '더 보여 주세요' })
  await more.click()
  await bubbles('bot').nth(2).waitFor()
  assert.equal(await more.isDisabled(), true)
  assert.equal(server.api.received[1]?.body.payload, '/more{"page":2}')
  assert.equal(await bubbles('customer').nth(1).textContent(), '더 보여 주세요')
})

test('an identity signs in and leaves the address', options, async () => {
  const claims = Buffer.from(JSON.stringify({ sub: 'c-7', name: '이단골' })).toString('base64url')
  await page.goto(`${server.url}/#identity=x.${claims}.x`)
  await page.getByText('이단골님으로 로그인했어요').waitFor()
  assert.equal(new URL(page.url()).hash, '')
  assert.equal(await page.locator('[data-account]').textContent(), '이단골')
})

test('what the server says is text, and the policy is kept', options, async () => {
  await openChat()
  await say('markup <script>document.title=1</script>')
  await page.getByText('<img src=x onerror=').waitFor()
  assert.equal(await page.locator('.log img').count(), 0)
  assert.equal(await page.title(), '단골상점')
  await say('선물 추천')
  await page.locator('.product').first().waitFor()
  assert.deepEqual(complaints, [])
})

test('keyboard and language: Escape closes and returns the focus, the switch changes everything', options, async () => {
  await openChat()
  await page.getByRole('button', { name: 'English' }).click()
  await page.locator('.panel-status', { hasText: 'The assistant answers right away' }).waitFor()
  assert.equal(await page.locator('html').getAttribute('lang'), 'en')
  await field().focus()
  await page.keyboard.press('Escape')
  assert.equal(await page.evaluate(() => document.activeElement?.hasAttribute('data-launcher')), true)
  await newPage('fr-FR')
  await page.getByRole('button', { name: 'Ask in the chat' }).waitFor()
})

test('a picture goes up and is there after a reload', options, async () => {
  await openChat()
  const dot = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64')
  await page.locator('input[type=file]').setInputFiles({ name: 'bag.png', mimeType: 'image/png', buffer: dot })
  await page.getByText('사진 잘 받았어요').waitFor()
  await page.reload()
  await page.locator('.bubble--picture img').waitFor()
  assert.equal(await page.locator('.message--customer').count(), 1)
  assert.deepEqual(complaints, [])
})

test('a product’s address shows it in both languages, and its name begins the question', options, async () => {
  await page.goto(`${server.url}/?product=ceramic-mug`)
  await page.getByRole('heading', { level: 1, name: '단아 도자기 머그 350ml' }).waitFor()
  assert.equal(await page.locator('.hero').isVisible(), false)
  assert.equal(await page.title(), '단아 도자기 머그 350ml · 단골상점')
  await page.waitForFunction(() => /** @type {HTMLImageElement | null} */ (document.querySelector('.offer img'))?.naturalWidth)
  await page.getByRole('button', { name: 'English' }).click()
  await page.getByRole('heading', { level: 1, name: 'Dana ceramic mug 350 ml' }).waitFor()
  await page.getByRole('button', { name: 'Ask about this' }).click()
  await page.waitForFunction(() => /** @type {HTMLTextAreaElement | null} */ (document.querySelector('.composer-field'))?.value)
  assert.equal(await field().inputValue(), 'Dana ceramic mug 350 ml ')
  assert.equal(server.api.received.length, 0)
  await page.goto(`${server.url}/?product=nothing`)
  await page.getByText('We couldn’t find that product').waitFor()
  assert.equal(await page.locator('.hero').isVisible(), true)
  assert.deepEqual(complaints, [])
})

test('nothing is stored or asked for before the chat is opened', options, async () => {
  /** @type {string[]} */
  const asked = []
  page.on('request', (request) => asked.push(new URL(request.url()).pathname))
  await page.evaluate(() => { localStorage.clear() })
  await page.reload({ waitUntil: 'networkidle' })
  assert.deepEqual(asked.filter((path) => path.startsWith('/api') || path.includes('panel')), [])
  assert.equal(await page.evaluate(() => localStorage.length), 0)
})
