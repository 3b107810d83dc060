// Writes docs/screens/: every screen in both languages and both colour schemes, of a network of its own with
// calls in it. Needs Chromium (apt-get install chromium).
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { root, run } from './run.mjs'

const built = await run(process.execPath, [`${root}tools/build.mjs`])
if (built !== 0) process.exit(built)

const { demonstrationAccountFile } = await import('../dist/noc/config.js')
const { PAGES } = await import('../dist/noc/pages.js')
const { Callers, subscriber } = await import('../dist/test/support/callers.js')
const { Network } = await import('../dist/test/support/network.js')
const { logIn, openBrowser, openPage } = await import('../dist/test/support/screens.js')

const SIZE = { width: 1_280, height: 800 }
const WRONG_PIN = '00000000000000'

/** What was begun, ended at the end, the newest first. */
const begun = []
const t = { teardown: end => begun.unshift(end) }

/** A caller charges a card, and stays on the line or goes. */
async function charge(callers, number, { pin }, stays) {
  const call = await callers.call(number)
  await call.hears('ja/welcome', 'en/welcome')
  await call.key(`${pin}#`)
  await call.hears('ja/next-card', 'en/next-card')
  if (!stays) await call.hangUp()
}

async function callAndBeLocked(callers, number) {
  const call = await callers.call(number)
  await call.sound()
  await call.key(`${WRONG_PIN}#`)
  await call.hears('ja/enter-number-short', 'en/enter-number-short')
  await call.key(`${WRONG_PIN}#`)
  await call.release()
}

/** One picture; what moves has come to rest by then. */
async function take(page, name) {
  await page.waitForLoadState('networkidle').catch(() => {})
  await page.waitForTimeout(700)
  await page.screenshot({ path: `${root}docs/screens/${name}.png` })
  console.log(`docs/screens/${name}.png`)
}

async function takeAll(network, browser, scheme) {
  const { page } = await openPage(browser, scheme)
  await page.setViewportSize(SIZE)
  await page.goto(network.screens)
  await take(page, `login-ja-${scheme}`)
  const password = readFileSync(demonstrationAccountFile(network.home, 'supervisor'), 'utf8').trim()
  await logIn(page, network.screens, 'supervisor', password)
  for (const [name, { path }] of Object.entries(PAGES)) {
    await page.goto(`${network.screens}${path}`)
    for (const language of ['ja', 'en']) {
      await page.click(`button[data-language=${language}]`)
      await take(page, `${name}-${language}-${scheme}`)
    }
  }
  await page.context().close()
}

try {
  rmSync(`${root}docs/screens`, { recursive: true, force: true })
  mkdirSync(`${root}docs/screens`, { recursive: true })
  console.log('Starting a network …')
  const network = await Network.start(t, {
    MCSCP_LOCK_CONSECUTIVE: '2',
    MCSCP_ALARM_LOCKS: '1',
    MCSCP_IVR_OFFER_LANGUAGE: 'off',
  })
  const callers = new Callers(t, network)
  const cards = [...(await network.issue(6, 1_000)), ...(await network.issue(3, 5_000))]
  console.log('Calling …')
  await Promise.all([
    ...cards.map((card, n) => charge(callers, subscriber(10 + n), card, n % 4 === 0)),
    ...[4, 5].map(n => callAndBeLocked(callers, subscriber(n))),
  ])
  const browser = await openBrowser(t)
  for (const scheme of ['light', 'dark']) await takeAll(network, browser, scheme)
} finally {
  for (const end of begun) await end()
}
