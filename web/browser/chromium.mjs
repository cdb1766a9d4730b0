/** The installed Chromium, driven by playwright-core; nothing is downloaded. */
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'

const PLACES = [process.env['CHROMIUM'] ?? '', '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
]

/** Where Chromium is (CHROMIUM names another place), undefined without one. */
export const browserPath = PLACES.find((place) => place !== '' && existsSync(place))

export function launch() {
  if (browserPath === undefined) throw new Error('no Chromium found; CHROMIUM names one')
  return chromium.launch({ executablePath: browserPath, headless: true, args: FLAGS })
}
