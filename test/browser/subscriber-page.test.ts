import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import t from 'tap'
import { barriers, openBrowser, overflowing, picture } from '../support/screens.js'
import { SUBSCRIBER, subscriberDesk } from '../support/subscriber-page.js'

t.setTimeout(180_000)

/** A phone of i-mode's time, one of today, and a desk. */
const WIDTHS = [240, 390, 1_280]

t.test(
  'A-02: a subscriber reads the account on a phone of any width, in both languages',
  async t => {
    const { app } = await subscriberDesk(t)
    await app.listen({ host: '127.0.0.1', port: 0 })
    const address = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
    const browser = await openBrowser(t)
    for (const [language, scheme] of [
      ['ja', 'light'],
      ['en', 'dark'],
    ] as const) {
      const context = await browser.newContext({ colorScheme: scheme, javaScriptEnabled: true })
      const page = await context.newPage()
      const name = (what: string) => `subscriber-${what}-${language}`
      await page.goto(`${address}/`)
      if (language === 'en') await page.click('a[hreflang=en]')
      await readable(page, name('number'))
      await page.keyboard.type(SUBSCRIBER)
      await page.keyboard.press('Enter')
      const told = await page.innerText('.phone')
      await readable(page, name('code'))
      await page.fill('#code', /\d{6}/.exec(told)?.[0] ?? '')
      await page.keyboard.press('Enter')
      await page.waitForURL(/\/account/)
      t.match(await page.innerText('dd'), /6,655/, 'the balance, with the keyboard alone')
      await readable(page, name('account'))
      await page.click('form button')
      await page.waitForSelector('#number')
      await context.close()
    }

    async function readable(page: Page, name: string) {
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 640 })
        t.strictSame(await overflowing(page), [], `${name} at ${width} px: nothing is cut`)
      }
      t.strictSame(await barriers(page), [], `${name}: nothing keeps anybody out`)
      await page.setViewportSize({ width: 240, height: 640 })
      await picture(page, name)
    }
  },
)
