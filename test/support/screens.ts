import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import type { Test } from 'tap'
import { PRODUCT_FOLDER } from '../../platform/product-files.js'

/** Where the last pictures of the screens lie, for whoever wants to look. */
const PICTURES = join(PRODUCT_FOLDER, 'dist', 'test-results')

/** How long anything on a page may take on a busy machine, in ms. */
const PATIENCE_MS = 60_000

/** What axe finds that keeps people from a page; lesser findings are told. */
const SERIOUS = ['serious', 'critical']

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** A browser that ends with the test. */
export async function openBrowser(t: Test): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ],
  })
  t.teardown(() => browser.close())
  return browser
}

/** A page of the screens, and whatever went wrong in it. */
export async function openPage(browser: Browser, colorScheme: 'light' | 'dark') {
  const context = await browser.newContext({ viewport: { width: 1_440, height: 900 }, colorScheme })
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE_MS)
  const wrong: string[] = []
  page.on('pageerror', error => wrong.push(error.message))
  page.on('console', message => {
    // While noc is down, the browser says so of every try.
    if (!/ERR_(CONNECTION|INCOMPLETE|EMPTY)/.test(message.text())) wrong.push(message.text())
  })
  return { page, wrong }
}

/** Logs in at the screens. */
export async function logIn(
  page: Page,
  screens: string,
  account: string,
  password: string,
): Promise<void> {
  await page.goto(screens)
  await page.fill('input[name=account]', account)
  await page.fill('input[name=password]', password)
  await page.click('button[type=submit]')
  await page.waitForSelector('#content')
}

/** Keeps a picture of the page. */
export const picture = (page: Page, name: string) =>
  page.screenshot({ path: join(PICTURES, `${name}.png`) })

/** What of a page keeps people from it (WCAG 2.2, levels A and AA, by axe), a line each. */
export async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const found = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(options: unknown): Promise<AxeResults> } }).axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
    }),
  )
  return found.violations
    .filter(({ impact }) => SERIOUS.includes(impact ?? ''))
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)
}

interface AxeResults {
  readonly violations: readonly {
    readonly id: string
    readonly impact: string | null
    readonly nodes: readonly { readonly html: string }[]
  }[]
}

/**
 * Texts that are cut off or stand out of their place, a line each: what is wider than the window, and elements
 * whose text does not fit and that do not scroll.
 */
export const overflowing = (page: Page): Promise<string[]> =>
  page.locator('body').evaluate(async body => {
    const { documentElement: root, defaultView: view } = body.ownerDocument
    // What is drawn to measure, the chart, follows a new width in the next frames.
    for (let frame = 0; frame < 3; frame++) {
      await new Promise(drawn => view?.requestAnimationFrame(drawn))
    }
    const wide = view && root.scrollWidth > view.innerWidth
    const cut = [...body.querySelectorAll('*')].filter(element => {
      const style = view?.getComputedStyle(element)
      const hides = style?.overflowX === 'hidden' || style?.overflowX === 'clip'
      return style?.display !== 'inline' && hides && element.scrollWidth > element.clientWidth + 1
    })
    return [
      ...(wide ? [`the page is ${root.scrollWidth} px wide`] : []),
      ...cut.map(element => element.outerHTML.slice(0, 120)),
    ]
  })
