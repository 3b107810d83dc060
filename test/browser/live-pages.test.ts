import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { demonstrationAccountFile } from '../../noc/config.js'
import { Callers, subscriber } from '../support/callers.js'
import { Network } from '../support/network.js'
import { barriers, logIn, openBrowser, openPage, overflowing, picture } from '../support/screens.js'

t.setTimeout(300_000)

/** Widths at which nothing may be cut off or stand out, in px. */
const WIDTHS = [1_280, 1_920]

const passwordOf = (network: Network, role?: string) =>
  readFileSync(demonstrationAccountFile(network.home, role), 'utf8').trim()

/** What would run a script, were it taken for markup, in one place of a page or another. */
const HOSTILE = [
  `<img src=x onerror="document.title='run'"><script>document.title='run'</script>`,
  `"><svg/onload=document.title='run'>`,
  `' autofocus onfocus=document.title='run' x='`,
  `</pre></textarea></title><iframe srcdoc="<script>top.document.title='run'</script>">`,
  `javascript:document.title='run'//`,
  `{{constructor.constructor('document.title=1')()}}\${document.title='run'}`,
  `&lt;b&gt;&#x3C;script&#x3E;`,
  `<style>@import'//example.org'</style><link rel=stylesheet href=//example.org>`,
]

/** Goes to a page by the menu. */
async function go(page: Page, name: string): Promise<void> {
  await page.click(`.menu a[data-page=${name}]`)
  await page.waitForSelector(`.menu a[data-page=${name}][aria-current=page]`)
}

/** Nobody is kept from what is seen now, in either language, and nothing is cut off. */
async function looksRight(t: Test, page: Page, name: string): Promise<void> {
  for (const language of ['en', 'ja']) {
    await page.click(`button[data-language=${language}]`)
    t.strictSame(await barriers(page), [], `${name} in ${language}: axe finds nothing serious`)
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 })
      t.strictSame(await overflowing(page), [], `${name} in ${language} at ${width} px`)
    }
  }
}

t.test('what goes on now is seen as it happens', async t => {
  const network = await Network.start(t, { MCSCP_IVR_OFFER_LANGUAGE: 'off' })
  const browser = await openBrowser(t)
  const { page, wrong } = await openPage(browser, 'light')
  await logIn(page, network.screens, 'operator', passwordOf(network, 'operator'))
  const callers = new Callers(t, network)
  const [card] = await network.issue(1, 1_000)

  await t.test('a call is followed step by step, and message by message', async t => {
    await go(page, 'now')
    await page.waitForSelector('main .empty')
    await picture(page, 'now-empty')
    const call = await callers.call(
      subscriber(1),
      '1400',
      HOSTILE.map((value, n) => `X-Hostile-${n}: ${value}`),
    )
    await page.waitForSelector('#in-progress:text-is("1")')
    await page.click(`.calls a:text-is("${subscriber(1)}")`)
    await page.waitForSelector('.ladder li[data-step="14"]')
    await call.hears('ja/welcome')
    await call.key(`${card?.pin}#`)
    await page.waitForSelector('.ladder li[data-step="17"]')
    await page.waitForSelector('.ladder .what:has-text("key x")')
    // XW5: what a caller writes into a header is a text among texts.
    await page.click('.ladder li[data-way=sip] button:text-is("INVITE")')
    await page.waitForSelector('.ladder pre')
    const message = (await page.textContent('.ladder pre')) ?? ''
    for (const value of HOSTILE) t.ok(message.includes(value), `as it came: ${value}`)
    t.equal(await page.locator('.ladder pre *').count(), 0, 'none becomes markup')
    t.notMatch(await page.title(), 'run', 'and none runs')
    await picture(page, 'now')
    await call.hangUp()
    await page.waitForSelector('tr[data-ended=true]')
    await page.waitForSelector('.ladder li[data-step="19"]')
    const steps = await page
      .locator('.ladder li[data-step]')
      .evaluateAll(lines => lines.map(line => Number(line.getAttribute('data-step'))))
    // ⑨ is passed over where the answer comes with the ringing.
    for (let step = 1; step <= 19; step++) if (step !== 9) t.ok(steps.includes(step), `${step}`)
    const shown = await page.textContent('main')
    t.notOk(shown?.includes(card?.pin ?? ''), 'nothing that was keyed is shown')
    // The records of the call are not in a file yet: the sums say so.
    await page.waitForSelector(
      '.proven[data-kind=mobilers] [data-stage=used] dd:has-text("¥1,000")',
    )
    t.match(
      await page.getAttribute('.proven[data-kind=mobilers]', 'data-state'),
      /^(on_its_way|same)$/,
      'an hour may have closed meanwhile',
    )
    t.equal(await page.getAttribute('.proven[data-kind=pricall]', 'data-state'), 'same')
    await picture(page, 'now-ended')
    await looksRight(t, page, '/now')
  })

  const viewer = await openPage(browser, 'dark')
  await t.test('who may not see numbers sees masked ones, and no messages', async t => {
    await logIn(viewer.page, network.screens, 'watch', passwordOf(network))
    await go(viewer.page, 'now')
    await viewer.page.click('.calls a:text-is("090****0001")')
    await viewer.page.waitForSelector('.ladder li[data-way=sip]')
    t.equal(await viewer.page.locator('.ladder button').count(), 0)
    t.notOk((await viewer.page.textContent('main'))?.includes(subscriber(1)))
    await picture(viewer.page, 'now-dark')
    t.strictSame(await barriers(viewer.page), [], 'in the dark too')
  })
  await t.test('generated callers call, and the effect is seen on the other pages', async t => {
    await go(page, 'generator')
    await page.waitForSelector('.run .empty')
    await picture(page, 'generator-empty')
    await page.click('button[data-example=ordinary]')
    for (const [name, value] of [
      ['rate', 7_200],
      ['inProgressMax', 3],
      ['wrong_number', 0],
      ['used_card', 0],
      ['locked_handset', 0],
      ['hang_up', 0],
      ['inquiry', 0],
      ['slow_keying', 0],
    ] as const) {
      await page.fill(`input[name=${name}]`, `${value}`)
    }
    await page.click('#start')
    await page.waitForSelector('.run[data-phase=running]')
    // Guidance takes its real time.
    await page.waitForSelector('[data-figure=charged] dd:not(:text-is("0"))', { timeout: 150_000 })
    await page.waitForSelector('.run tr[data-name=charged]')
    await picture(page, 'generator')
    await looksRight(t, page, '/generator')
    await page.click('#stop')
    await page.waitForSelector('.run:not([data-phase=running])')
    await page.click('.effects a[href="/now"]')
    await page.waitForSelector('.calls tr[data-step="14"], .calls tr[data-ended=true]')
    t.ok((await page.locator('.calls tr[data-call]').count()) > 1, 'their calls are seen')
    await go(page, 'traffic')
    const offered = page.locator('[data-figure=offered] dd')
    await network.until(async () => Number(await offered.textContent()) > 1)
    t.pass('and counted')
  })
  t.strictSame(viewer.wrong, [])
  t.strictSame(wrong, [], 'the browser complained of nothing')
})
