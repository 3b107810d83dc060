import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { CALL_RESULTS } from '../../domain/charge-traffic.js'
import { columnGroups } from '../../noc/traffic/columns.js'
import { Callers, subscriber } from '../support/callers.js'
import { Network } from '../support/network.js'
import { ScpBooks } from '../support/scp-books.js'
import { logIn, openBrowser, openPage, picture } from '../support/screens.js'
import { recountTraffic } from '../support/traffic-recount.js'

t.setTimeout(300_000)

const PRICALL = '09010014001'
const WRONG_PIN = '00000000000000'
const DENOMINATIONS = [500, 1_000, 3_000, 5_000]

const COLUMNS = columnGroups(DENOMINATIONS).flatMap(({ columns }) => columns)

/** Columns that the charge log tells; of the others only bounds are known. */
const TOLD = COLUMNS.map(({ id }) => id)
  .filter(
    id =>
      CALL_RESULTS.includes(id as never) ||
      /^(answered|entries|newly_|now_|cards_|yen_|total_)/.test(id),
  )
  .filter(id => id !== 'entries_per_call')

/** Logs in with the account that the start of the network printed. */
async function logInAsPrinted(page: Page, network: Network): Promise<void> {
  const [, account = '', password = ''] =
    network.printed.match(/アカウント account (\S+)\s+パスワード password (\S+)/) ?? []
  await logIn(page, network.screens, account, password)
  await page.waitForSelector('#state[data-state=live]')
}

/** A row of cells, by the ids of their columns. */
const cells = (page: Page, row: string): Promise<Record<string, string>> =>
  page
    .locator(`${row} td`)
    .evaluateAll(all =>
      Object.fromEntries(all.map(cell => [cell.getAttribute('data-column'), cell.textContent])),
    )

const TOTAL = 'thead tr:last-child'

/** A cell's text as the number that it is; nothing to tell is 0. */
const numberIn = (text: string | undefined): number =>
  Number(text?.replaceAll(',', '').replace('–', '0'))

const figure = (page: Page, name: string) => page.textContent(`[data-figure=${name}] dd`)

/** Callers of every kind at once; how many of them scp answered. */
async function callAllAtOnce(t: Test, network: Network): Promise<number> {
  const books = new ScpBooks(network.home)
  const callers = new Callers(t, network)
  const cards = [...(await network.issue(4, 1_000)), ...(await network.issue(3, 3_000))]
  let answered = 0
  /** A call in which each text is keyed as soon as the one before was looked at. */
  const keys = async (from: string, ...texts: string[]) => {
    const call = await callers.call(from)
    await call.sound()
    answered++
    const before = books.entries(from)
    for (const [n, text] of texts.entries()) {
      // What is keyed while a result is told is forgotten.
      if (n > 0) await call.hears('ja/enter-number-short')
      await call.key(text)
      if (text.length > 14) await network.until(() => books.entries(from) === before + n + 1)
    }
    return call
  }
  const leave = async (call: ReturnType<typeof keys>) => (await call).hangUp()
  const pin = (n: number) => `${cards[n]?.pin}#`
  await Promise.all([
    leave(keys(subscriber(1), pin(0))),
    leave(keys(subscriber(2), pin(4))),
    leave(keys(subscriber(3), pin(5))),
    leave(keys(PRICALL, pin(1))),
    leave(keys(subscriber(4), `${WRONG_PIN}#`)),
    leave(keys(subscriber(5))),
    keys(subscriber(6), '123#123#123#').then(call => call.release()),
    keys(subscriber(7), pin(2))
      .then(call => call.hangUp())
      .then(() => leave(keys(subscriber(8), pin(2)))),
    keys(subscriber(9), `${WRONG_PIN}#`, `${WRONG_PIN}#`)
      .then(call => call.release())
      .then(() => keys(subscriber(9)))
      .then(call => call.release()),
  ])
  return answered
}

t.test(
  'M-04, M-13, M-16, M-17: the charge-traffic page shows what the charge log says',
  async t => {
    const network = await Network.start(t, {
      MCSCP_LOCK_CONSECUTIVE: '2',
      MCSCP_IVR_OFFER_LANGUAGE: 'off',
    })
    const browser = await openBrowser(t)
    const { page, wrong } = await openPage(browser, 'light')
    await logInAsPrinted(page, network)
    t.ok(await page.isVisible('#empty'), 'a day without calls says so')
    await picture(page, 'charge-traffic-empty')

    const calling = callAllAtOnce(t, network)
    await page.waitForSelector('[data-figure=in-progress] dd:not(:text-is("0"))')
    t.pass('calls in progress are seen')
    await page.waitForSelector('tbody td[data-column=answered]:not(.nothing)')
    // Nobody who calls may notice that the operators' side is gone (requirement M-04).
    const noc = network.pidOf('noc')
    process.kill(noc, 'SIGKILL')
    const answered = await calling
    await network.until(() => network.pidOf('noc') !== noc)

    await page.waitForSelector(`${TOTAL} td[data-column=answered]:text-is("${answered}")`)
    t.pass(`the page goes on by itself, and shows all ${answered} calls`)
    t.notOk(await page.isVisible('#empty'))

    const total = await cells(page, TOTAL)
    const told = recountTraffic(network.home)
    await t.test('every number is the charge log’s', async t => {
      t.strictSame(
        Object.keys(total),
        COLUMNS.map(({ id }) => id),
      )
      for (const id of TOLD) t.equal(numberIn(total[id]), told[id] ?? 0, id)
      t.match(total, { offered: `${answered}`, withdrawn: '0', congestion: '0', no_identity: '0' })
      t.match(total, {
        accepted: '5',
        unknown: '2',
        used: '1',
        abandoned: '1',
        short: '1',
        locked: '1',
      })
      t.match(total, { total_yen: '9,000', now_locked: '1', newly_locked: '1' })
      t.ok(numberIn(total.peak) >= 5 && numberIn(total.peak) <= answered, `${total.peak} at once`)
      t.ok(
        numberIn(total.holding_mean) > 0 &&
          numberIn(total.holding_p95) >= numberIn(total.holding_mean),
      )
      t.equal(numberIn(total.completion), Number(((100 * 5) / answered).toFixed(1)))
    })
    await t.test('its rows add up, and so does the file', async t => {
      const times = await page
        .locator('tbody tr')
        .evaluateAll(rows => rows.map(row => row.getAttribute('data-time')))
      const rows = await Promise.all(
        times.map(time => cells(page, `tbody tr[data-time="${time}"]`)),
      )
      for (const id of [...TOLD, 'offered'].filter(id => id !== 'now_locked')) {
        t.equal(
          rows.reduce((sum, row) => sum + numberIn(row[id]), 0),
          numberIn(total[id]),
          id,
        )
      }
      const file = await page
        .context()
        .request.get(new URL((await page.getAttribute('#csv', 'href')) ?? '', network.screens).href)
      const [headings = '', ...lines] = (await file.text()).trimEnd().split('\r\n')
      t.match(headings, /着信 着信数,着信 接続数.*金額 3,000 円 枚/)
      const last = lines.at(-1)?.split(',') ?? []
      t.equal(lines.length, rows.length + 1)
      t.strictSame(last.slice(0, 3), ['計', `${answered}`, `${answered}`])
    })
    await t.test('one kind, one day, another language', async t => {
      await page.selectOption('#kind', 'pricall')
      await page.waitForSelector(`${TOTAL} td[data-column=accepted]:text-is("1")`)
      t.match(await cells(page, TOTAL), {
        offered: '1',
        cards_1000: '1',
        yen_1000: '1,000',
        cards_3000: '0',
      })
      await page.selectOption('#kind', 'all')
      for (const [by, form] of [
        ['hour', /^\d\d:00$/],
        ['day', /^\d{4}-\d\d-\d\d$/],
      ] as const) {
        await page.selectOption('#by', by)
        await page.waitForSelector(`#csv[href*="by=${by}"]`, { state: 'attached' })
        t.match(await page.getAttribute('tbody tr', 'data-time'), form)
        t.strictSame(await cells(page, TOTAL), total, `by ${by} the sum is the same`)
      }
      await page.selectOption('#by', 'quarter-hour')
      await page.click('#day-before')
      await page.waitForSelector('#empty:not([hidden])')
      t.equal(await page.locator('tbody tr').count(), 0, 'the day before the first call')
      await page.click('#today')
      await page.waitForSelector('#empty', { state: 'hidden' })

      t.equal(await page.textContent('thead th.group'), '着信')
      await page.click('button[data-language=en]')
      await page.waitForSelector('thead th.group:text-is("Arrivals")')
      t.equal(await page.title(), 'Charge traffic · mcscp')
      t.match(await page.textContent('#state'), /^Live \d{4}-\d\d-\d\d /)
      t.strictSame(await cells(page, TOTAL), total, 'the numbers are the same')
      const untold = await page
        .locator('body')
        .evaluate(body => body.innerText.match(/[ぁ-んァ-ヶ一-龠]+/g))
      t.strictSame(untold, ['日本語'], 'no Japanese is left but the switch back to it')
      await page.reload()
      t.equal(await page.getAttribute('html', 'lang'), 'en', 'the choice is kept')
      await page.click('button[data-language=ja]')
      t.equal(await figure(page, 'yen'), '9,000円')
    })
    await t.test('what is drawn can be chosen, compared, zoomed and taken along', async t => {
      const shown = () => page.getAttribute('.plot', 'data-chart')
      for (const [chart, series] of [
        [
          'results',
          ['accepted', 'unknown', 'used', 'unusable', 'cap', 'locked', 'no_entry', 'fault'],
        ],
        ['yen', DENOMINATIONS.map(value => `yen_${value}`)],
        ['locks', ['newly_locked', 'now_locked']],
        ['transfer', ['crs_waiting', 'crs_oldest']],
      ] as const) {
        await page.click(`button[data-chart=${chart}]`)
        await page.waitForSelector(`.plot[data-chart=${chart}]`)
        const told = await page
          .locator('.legend .series')
          .evaluateAll(all => all.map(one => one.getAttribute('data-series')))
        t.strictSame(told, series, chart)
        await picture(page, `charge-traffic-${chart}`)
      }
      await page.click('button[data-chart=results]')
      await page.selectOption('#against', 'yesterday')
      await page.waitForSelector('.legend [data-series=against]')
      t.match(page.url(), /chart=results/, 'the choice stands in the address')
      await page.click('#zoom-in')
      await page.waitForSelector('.plot[data-zoomed=true]')
      await page.click('#zoom-out')
      await page.waitForSelector('.plot[data-zoomed=false]')
      const [file] = await Promise.all([page.waitForEvent('download'), page.click('#png')])
      t.match(
        file.suggestedFilename(),
        /^charge-traffic_results_\d{4}-\d\d-\d\d_by-quarter-hour\.png$/,
      )
      const bytes = readFileSync(await file.path())
      t.equal(bytes.toString('latin1', 1, 4), 'PNG')
      t.ok(bytes.length > 5_000, `${bytes.length} bytes`)
      t.equal(await shown(), 'results')
      await page.selectOption('#against', '')
      await page.click('button[data-chart=flow]')

      for (const language of ['ja', 'en']) {
        await page.click(`button[data-language=${language}]`)
        await page.setViewportSize({ width: 1_280, height: 900 })
        const places = await page.locator('.traffic-choice > *').evaluateAll(all =>
          all.map(one => {
            const { top, bottom } = one.getBoundingClientRect()
            return { top, bottom }
          }),
        )
        const [lowest, highest] = [
          Math.max(...places.map(({ top }) => top)),
          Math.min(...places.map(({ bottom }) => bottom)),
        ]
        t.ok(lowest < highest, `${language}: what is chosen stands in one row`)
      }
      await page.setViewportSize({ width: 1_440, height: 900 })

      await page.click('#wall')
      await page.waitForSelector('table', { state: 'detached' })
      t.notOk(await page.isVisible('.menu'), 'a wall shows figures and chart alone')
      await picture(page, 'charge-traffic-wall')
      await page.keyboard.press('Escape')
      await page.waitForSelector('tbody tr')
      t.ok(await page.isVisible('.menu'))
    })
    await picture(page, 'charge-traffic')
    const dark = await openPage(browser, 'dark')
    await logInAsPrinted(dark.page, network)
    await dark.page.waitForSelector('.uplot canvas')
    await picture(dark.page, 'charge-traffic-dark')

    await page.click('form[action="/logout"] button')
    await page.waitForURL('**/login')
    await page.goto(network.screens)
    t.match(page.url(), /\/login$/, 'who logged out sees nothing')
    t.strictSame([...wrong, ...dark.wrong], [], 'the browser complained of nothing')
  },
)
