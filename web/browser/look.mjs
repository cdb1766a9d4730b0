/** `npm run look -- FOLDER`: pictures of the built page in both languages, light and dark, wide and narrow, to be looked at. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { startServer } from '../dev/server.mjs'
import { launch } from './chromium.mjs'

const folder = process.argv[2] ?? 'looks'
await mkdir(folder, { recursive: true })
const server = await startServer({ pace: 20 })
const browser = await launch()

const QUESTIONS = {
  ko: ['반품은 며칠 안에 해야 해요?', '3만 원 이하 선물 추천해 주세요', '생일 쿠폰 받고 싶어요', '상담원 연결해 주세요'],
  en: ['How do I return something?', 'Recommend a gift under 30,000 won', 'My birthday coupon please', 'I want a person'],
}

/** @typedef {'ko' | 'en'} Language */
/** @param {{language: Language, dark: boolean, narrow: boolean}} look */
async function takeLook({ language, dark, narrow }) {
  const name = `${language}-${dark ? 'dark' : 'light'}-${narrow ? 'narrow' : 'wide'}`
  const context = await browser.newContext({
    locale: language, colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce',
    viewport: narrow ? { width: 360, height: 740 } : { width: 1280, height: 860 }, deviceScaleFactor: narrow ? 2 : 1,
  })
  const page = await context.newPage()
  const shot = (/** @type {string} */ part, full = false) => page.screenshot({ path: join(folder, `${name}-${part}.png`), fullPage: full })
  await page.goto(server.url)
  await shot('page', true)
  await page.locator('[data-launcher]').click()
  await page.locator('.composer-field').waitFor()
  await shot('opened')
  for (const [index, question] of QUESTIONS[language].entries()) {
    const before = await page.locator('.message--bot').count()
    await page.locator('.composer-field').fill(question)
    await page.locator('.composer-field').press('Enter')
    await page.locator('.message--bot').nth(before).waitFor()
    await page.waitForTimeout(150)
    if (index < 3) await shot(`chat${index + 1}`)
  }
  await page.locator('.message--staff').waitFor()
  await page.locator('.composer-field').fill(language === 'ko' ? '주문 번호는 2031-0105-77이에요. 감사합니다!' : 'It’s 2031-0105-77, thank you!')
  await shot('staff')
  await context.close()
}

for (const language of /** @type {Language[]} */ (['ko', 'en'])) {
  for (const dark of [false, true]) for (const narrow of [false, true]) await takeLook({ language, dark, narrow })
}
await browser.close()
await server.stop()
console.log(folder)
