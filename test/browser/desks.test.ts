import type { Page } from 'playwright-core'
import t from 'tap'
import { openDesks } from '../support/desks.js'
import { openBrowser, openPage, picture } from '../support/screens.js'

t.setTimeout(300_000)

/** A card maker's key of the test. */
const RECIPIENT = 'age1ndayxc6p5ez03tv3mnlt99ax345uclkxgyp0s750v2fftkyacqeq375aga'

/** What a browser complained of but refusals, which are answers too. */
const unexpected = (wrong: readonly string[]) => wrong.filter(one => !/status of 409/.test(one))

/** Confirms an act in its dialog, for a reason. */
async function confirm(page: Page, reason: string): Promise<void> {
  await page.fill('dialog[open] input[name=reason]', reason)
  await page.click('dialog[open] button[type=submit]:enabled')
}

/** Confirms an act that a second person has to approve. */
async function ask(page: Page, reason: string): Promise<void> {
  await confirm(page, reason)
  await page.click('dialog[open] .buttons button.primary:only-child')
}

t.test('the desks of card officers and billing clerks, from log-in to effect', async t => {
  const desks = await openDesks(t)
  const browser = await openBrowser(t)
  const person = async (role: string, path: string) => {
    const opened = await openPage(browser, 'light')
    await desks.logIn(opened.page, role)
    await opened.page.goto(`${desks.screens}${path}`)
    return opened
  }
  /** The supervisor approves what waits, one act. */
  const supervisor = await person('supervisor', '/approvals')
  const approve = async () => {
    await supervisor.page.click('tbody button:text-is("承認")')
    await confirm(supervisor.page, '内容を確認した')
    await supervisor.page.waitForSelector('main .empty')
  }

  await t.test('cards: a batch is planned, generated for a key, and handed over', async t => {
    const { page, wrong } = await person('card-issuer', '/cards')
    await page.waitForSelector('main .empty h2')
    await picture(page, 'cards-empty')
    await page.click('form.choice button.primary')
    for (const [name, value] of Object.entries({
      count: '20',
      faceValue: '3000',
      distributor: '7 号店',
      usableThrough: '2002-12-31',
    })) {
      await page.fill(`dialog input[name=${name}]`, value)
    }
    t.match(await page.textContent('dialog .names'), /20 枚 × 3,000 円 = 60,000 円/)
    await picture(page, 'cards-plan')
    await confirm(page, '注文 17')
    await page.click('tr[data-name="1"] button.link')
    await page.click('button[data-batch-act=generate]')
    await page.fill('dialog input[name=recipient]', RECIPIENT)
    await ask(page, '注文 17')
    await approve()
    await page.waitForSelector('.whole[data-state=generated]')
    const keeper = await person('key-custodian', '/cards?batch=1')
    await keeper.page.click('button[data-batch-act=export]')
    await keeper.page.fill('dialog input[name=handedTo]', '森印刷')
    await ask(keeper.page, '受領書あり')
    await approve()
    await page.waitForSelector('.whole[data-state=exported]')
    t.match(await page.textContent('.whole'), RECIPIENT)
    t.strictSame([...wrong, ...keeper.wrong], [])
  })

  await t.test(
    'cards: the effect is seen before it is confirmed, and then it is there',
    async t => {
      const { page, wrong } = await person('card-issuer', '/cards?batch=1')
      await page.click('button[data-act=deliver]')
      await page.fill('dialog input[name=firstSerial]', 'MCA000000021')
      await page.waitForSelector('dialog .weighed .failure')
      t.ok(await page.isDisabled('dialog button[type=submit]'), 'what cannot be is not confirmed')
      await page.fill('dialog input[name=firstSerial]', 'MCA000000001')
      await page.waitForSelector('dialog .weighed:has-text("60,000 円")')
      await confirm(page, '7 号店の受領書')
      await page.click('button[data-act=activate]')
      await page.fill('dialog input[name=lastSerial]', 'MCA000000010')
      await page.waitForSelector('dialog .weighed:has-text("30,000 円")')
      await picture(page, 'cards-activate')
      await confirm(page, '本日発売')
      await page.waitForSelector('.share-bar li:has-text("有効")')
      await picture(page, 'cards-batch')
      const freezing = await person('operator', '/cards?serial=mca000000003')
      await freezing.page.waitForSelector('.failure')
      await freezing.page.fill('input[name=serial]', 'mca000000003')
      await freezing.page.keyboard.press('Enter')
      await freezing.page.click('button[data-act=freeze]')
      await confirm(freezing.page, '盗難届 1234')
      await freezing.page.waitForSelector('.whole[data-state=frozen]')
      await picture(freezing.page, 'cards-card')
      await page.goto(`${desks.screens}/cards?show=liability`)
      await page.waitForSelector('tfoot')
      t.match(await page.textContent('tfoot tr:last-child'), /60,000.*30,000/)
      t.equal(await page.locator('.proofs [data-holds=true]').count(), 2)
      await picture(page, 'cards-liability')
      t.strictSame(unexpected(wrong), [])
    },
  )

  t.strictSame(supervisor.wrong, [])
})
