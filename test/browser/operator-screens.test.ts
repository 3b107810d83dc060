import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import t from 'tap'
import { builtInGroup } from '../../noc/accounts/permission-group.js'
import { demonstrationAccountFile } from '../../noc/config.js'
import { PAGES, type Page as ScreenPage } from '../../noc/pages.js'
import { Callers, subscriber } from '../support/callers.js'
import { Network } from '../support/network.js'
import { barriers, logIn, openBrowser, openPage, overflowing, picture } from '../support/screens.js'

t.setTimeout(300_000)

const WRONG_PIN = '00000000000000'

/** What an operator may do. */
const OF_OPERATORS = builtInGroup('operator')?.functions ?? []

/** Widths at which nothing may be cut off or stand out, in px. */
const WIDTHS = [1_280, 1_920]

/** The password of a role's demonstration account; of the first look's where none is named. */
const passwordOf = (network: Network, role?: string) =>
  readFileSync(demonstrationAccountFile(network.home, role), 'utf8').trim()

/** Two wrong numbers of one handset, which lock it. */
async function lockHandset(callers: Callers, n: number): Promise<void> {
  const call = await callers.call(subscriber(n))
  await call.sound()
  await call.key(`${WRONG_PIN}#`)
  await call.hears('ja/enter-number-short')
  await call.key(`${WRONG_PIN}#`)
  await call.release()
}

/** Counts the tones that a page sounds, where a test can read them. Runs in the page. */
function countTones(): void {
  const counted = globalThis as unknown as { tones: number; OscillatorNode: new () => object }
  counted.tones = 0
  counted.OscillatorNode = class extends counted.OscillatorNode {
    constructor(...given: []) {
      super(...given)
      counted.tones++
    }
  }
}

const tones = (page: Page): Promise<number> =>
  page.evaluate(() => (globalThis as unknown as { tones: number }).tones)

/** Goes to a page by the menu. */
async function go(page: Page, name: keyof typeof PAGES): Promise<void> {
  await page.click(`.menu a[data-page=${name}]`)
  await page.waitForSelector(`.menu a[data-page=${name}][aria-current=page]`)
}

t.test(
  'an operator watches, acknowledges, looks up and releases, from log-in to effect',
  async t => {
    const network = await Network.start(t, {
      MCSCP_LOCK_CONSECUTIVE: '2',
      MCSCP_ALARM_LOCKS: '1',
      MCSCP_UNLOCK_ALONE: '1',
      MCSCP_IVR_OFFER_LANGUAGE: 'off',
    })
    const browser = await openBrowser(t)
    const { page, wrong } = await openPage(browser, 'light')
    await page.addInitScript(countTones)
    const password = passwordOf(network, 'operator')
    await logIn(page, network.screens, 'operator', password)

    await t.test('an empty list says that it is empty', async () => {
      for (const name of ['alarms', 'entries', 'locks'] as const) {
        await go(page, name)
        await page.waitForSelector('main .empty h2')
        await picture(page, `${name}-empty`)
      }
    })
    await go(page, 'alarms')
    await page.click('#sound')
    t.equal(await tones(page), 2, 'the sound that is switched on is heard')
    const callers = new Callers(t, network)
    // Guidance takes its real time: all three call at once.
    await Promise.all([1, 2, 3].map(n => lockHandset(callers, n)))

    await t.test(
      'the log tells every card number that was keyed, and what became of it',
      async t => {
        await go(page, 'entries')
        await page.waitForSelector('tbody tr:nth-child(6)')
        await page.fill('input[name=msisdn]', subscriber(1))
        await page.click('main form button[type=submit]')
        await page.waitForSelector('tbody tr:nth-child(6)', { state: 'detached' })
        await page.waitForSelector('tbody tr:nth-child(2)')
        const outcomes = await page
          .locator('tbody tr')
          .evaluateAll(rows => rows.map(row => row.getAttribute('data-outcome')))
        t.strictSame(outcomes, ['unknown', 'unknown'])
        t.match(await page.textContent('tbody tr:first-child'), /不明番号 規制/)
        t.match(await page.textContent('tbody'), subscriber(1), 'an operator sees numbers')
        await page.fill('input[name=msisdn]', subscriber(4))
        await page.click('main form button[type=submit]')
        await page.waitForSelector('main .empty')
        t.match(page.url(), /\?msisdn=/, 'the search stands in the address')
        await page.click('#save-search')
        await page.keyboard.type('四番の電話機')
        await page.keyboard.press('Enter')
        await page.waitForSelector('[data-search="四番の電話機"] a[aria-current]')
        await page.click('main form button[type=button]')
        await page.waitForSelector('tbody tr:nth-child(2)')
        const [file] = await Promise.all([page.waitForEvent('download'), page.click('#csv')])
        const rows = readFileSync(await file.path(), 'utf8')
          .trimEnd()
          .split('\r\n')
        t.equal(rows.length, 7, 'six lines under their headings')
        t.match(rows[0], /^\ufeff時刻,電話番号,結果,/)
        t.match(rows[1], /^\d{4}-\d\d-\d\d [\d:.]+,0901000000\d,不明番号,,,1,mobilers,/)
        await page.click('[data-search="四番の電話機"] a')
        await page.waitForSelector('main .empty')
        await page.click('[data-search="四番の電話機"] button')
        await page.waitForSelector('[data-search="四番の電話機"]', { state: 'detached' })
        await page.click('main form button[type=button]')
        await page.waitForSelector('tbody tr:nth-child(2)')
        await picture(page, 'entries')
      },
    )

    await t.test(
      'an alarm is seen from every page, acknowledged with a note, and kept',
      async t => {
        await page.waitForSelector('.menu .badge')
        await page.waitForFunction(() => (globalThis as unknown as { tones: number }).tones > 2)
        t.pass('it is heard too')
        t.match(await page.title(), /^\(\d+\) /, 'the title counts those that wait for somebody')
        await go(page, 'alarms')
        await page.waitForSelector('tbody tr:has-text("LOCK_STORM")')
        const line = page.locator('tbody tr:has-text("LOCK_STORM")')
        await line.locator('button:has-text("メモ")').click()
        await page.keyboard.type('番号間違いと確認')
        await page.keyboard.press('Enter')
        await page.waitForSelector('tbody .by:has-text("番号間違いと確認")')
        await line.locator('button:has-text("確認する")').click()
        await page.waitForSelector(
          'tbody tr:has-text("LOCK_STORM") td:last-child:has-text("operator")',
        )
        await page.waitForSelector('.menu .badge', { state: 'detached' })
        await picture(page, 'alarms')
      },
    )

    await t.test(
      'a locked handset is shown with its history, and released for a reason',
      async t => {
        await go(page, 'locks')
        const row = `tr[data-name="${subscriber(1)}"]`
        await page.click(`${row} button:has-text("経緯")`)
        await page.waitForSelector(`section[aria-label="${subscriber(1)}"] tbody td`)
        await picture(page, 'locks')
        await page.click(`${row} button:has-text("規制解除")`)
        await page.waitForSelector('dialog[open]')
        t.match(
          await page.textContent('dialog .effect'),
          subscriber(1),
          'the effect is shown first',
        )
        await page.fill('dialog input[name=reason]', '本人から申し出')
        await picture(page, 'locks-release')
        await page.click('dialog button[type=submit]')
        await page.waitForSelector(row, { state: 'detached' })
        await page.waitForSelector('section.locked:has-text("operator が解除: 本人から申し出")')
        const { code, output } = await network.command(
          { MCSCP_PASSWORD_FILE: demonstrationAccountFile(network.home, 'operator') },
          ...['locks', 'list', '--as', 'operator'],
        )
        t.equal(code, 0)
        t.match(output, /2 handsets and 0 cards are locked/)
      },
    )

    await t.test('a service is stopped and started again, its effect told first', async t => {
      await go(page, 'services')
      const row = 'tr[data-name=mobilers]'
      for (const [button, stopped] of [
        ['停止', 'true'],
        ['開始', 'false'],
      ] as const) {
        await page.click(`${row} button:text-is("${button}")`)
        await page.fill('dialog input[name=reason]', '保守')
        if (button === '停止') await picture(page, 'services-stop')
        await page.click('dialog button[type=submit]')
        await page.waitForSelector(`${row}[data-stopped=${stopped}]`)
        t.pass(`${button}: the list says so`)
      }
    })

    await t.test(
      'what takes two waits, and is done once another person has approved it',
      async t => {
        await go(page, 'locks')
        for (const n of [2, 3]) await page.check(`tr[data-name="${subscriber(n)}"] input`)
        await page.click('section.locked header button')
        await page.fill('dialog input[name=reason]', '端末の不具合')
        await page.click('dialog button[type=submit]')
        await page.click('dialog[open] .buttons button.primary:only-child')

        const second = await openPage(browser, 'light')
        await logIn(second.page, network.screens, 'supervisor', passwordOf(network, 'supervisor'))
        await go(second.page, 'approvals')
        await second.page.click('tbody button:text-is("承認")')
        t.match(await second.page.textContent('dialog .payload'), subscriber(3), 'what is approved')
        await second.page.fill('dialog input[name=reason]', '確認した')
        await picture(second.page, 'approvals')
        await second.page.click('dialog button[type=submit]')
        await second.page.waitForSelector('main .empty')
        await page.waitForSelector(`tr[data-name="${subscriber(3)}"]`, { state: 'detached' })
        t.strictSame(second.wrong, [])
      },
    )

    await t.test('every page: nobody is kept from it, and nothing is cut off', async t => {
      for (const language of ['en', 'ja']) {
        await page.click(`button[data-language=${language}]`)
        for (const [name, { by, path }] of Object.entries<ScreenPage>(PAGES)) {
          if (!by.some(name => OF_OPERATORS.includes(name))) continue
          await go(page, name as keyof typeof PAGES)
          await page.waitForSelector('main :is(table, .empty, details, .phone)')
          t.strictSame(
            await barriers(page),
            [],
            `${path} in ${language}: axe finds nothing serious`,
          )
          for (const width of WIDTHS) {
            await page.setViewportSize({ width, height: 900 })
            t.strictSame(await overflowing(page), [], `${path} in ${language} at ${width} px`)
          }
        }
      }
    })

    await t.test('what a role may not see is not in its menu, nor behind its address', async t => {
      const viewer = await openPage(browser, 'dark')
      await logIn(viewer.page, network.screens, 'watch', passwordOf(network))
      t.equal(await viewer.page.locator('.menu a[data-page=locks]').count(), 0)
      await viewer.page.goto(new URL('/locks', network.screens).href)
      await viewer.page.waitForSelector('main .empty a')
      await viewer.page.click('main .empty a')
      await go(viewer.page, 'entries')
      await viewer.page.waitForSelector('tbody tr')
      t.notMatch(await viewer.page.textContent('tbody'), subscriber(1), 'numbers are masked')
      await picture(viewer.page, 'entries-dark')
      t.strictSame(await barriers(viewer.page), [], 'in the dark too')
      t.strictSame(viewer.wrong, [])
    })
    t.strictSame(wrong, [], 'the browser complained of nothing')
  },
)
