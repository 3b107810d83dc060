import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import t from 'tap'
import { LATECOMER, SUBSCRIBER } from '../support/billing-program.js'
import { openDesks } from '../support/desks.js'
import { barriers, logIn, openBrowser, openPage, overflowing, picture } from '../support/screens.js'

t.setTimeout(300_000)

/** What a supervisor sees of the desks. */
const WALKED = [
  '/cards',
  '/cards?batch=1',
  '/cards?show=liability',
  `/billing?of=${SUBSCRIBER}&month=2001-01`,
  '/billing?show=exchange',
  '/billing?show=journal',
  '/people?show=accounts',
  '/people?show=audit',
  '/people?show=groups',
  '/docs?of=people',
]

/** A list of another maker with a bad line. */
const MAKERS_LIST = `serial,pin,face_value
MRI000000001,30718264952043,1000
MRI000000002,5518,1000
MRI000000003,64029175830916,1000
`

/** Widths at which nothing may be cut off or stand out, in px: that of a phone, too. */
const WIDTHS = [400, 1_280]

/** Months of the subscriber's books. */
const MONTHS_SHOWN = 3

/** A card maker's key of the test. */
const RECIPIENT = 'age1ndayxc6p5ez03tv3mnlt99ax345uclkxgyp0s750v2fftkyacqeq375aga'

/** What a browser complained of but refusals, which are answers too. */
const unexpected = (wrong: readonly string[]) =>
  wrong.filter(one => !/status of (401|409)/.test(one))

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
    await keeper.page.click('tr[data-name="batch-000001-0001.csv.age"] button')
    await keeper.page.fill('dialog[open] input[name=reason]', '森印刷へ')
    const [file] = await Promise.all([
      keeper.page.waitForEvent('download'),
      keeper.page.click('dialog[open] button[type=submit]'),
    ])
    t.equal(file.suggestedFilename(), 'batch-000001-0001.csv.age')
    t.match(readFileSync(await file.path(), 'latin1'), /^age-encryption\.org/, 'still encrypted')
    await keeper.page.waitForSelector('dialog', { state: 'detached' })
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
      const [owed] = await Promise.all([page.waitForEvent('download'), page.click('#csv')])
      t.match(owed.suggestedFilename(), /^card-liability_\d{4}-\d\d-\d\d\.csv$/)
      t.equal(await page.locator('.proofs [data-holds=true]').count(), 2)
      await picture(page, 'cards-liability')
      t.strictSame(unexpected(wrong), [])
    },
  )

  await t.test(
    'cards: another maker’s list is sent, its bad lines named, the rest kept',
    async t => {
      const { page, wrong } = await person('card-issuer', '/cards')
      await page.click('form.choice button.primary')
      for (const [name, value] of Object.entries({
        ...{ count: '3', faceValue: '1000', firstSerial: 'MRI000000001' },
      })) {
        await page.fill(`dialog input[name=${name}]`, value)
      }
      await confirm(page, '森印刷のカード')
      await page.waitForSelector('tr[data-name="2"]')
      const [csv] = await Promise.all([page.waitForEvent('download'), page.click('#csv')])
      t.match(readFileSync(await csv.path(), 'utf8'), /\r\n2,計画,他社製造,MRI000000001,/)
      const keeper = await person('key-custodian', '/cards?batch=2')
      await keeper.page.click('button[data-batch-act=import]')
      await keeper.page.setInputFiles('dialog input[name=list]', {
        name: 'mori.csv',
        mimeType: 'text/csv',
        buffer: Buffer.from(MAKERS_LIST),
      })
      await keeper.page.waitForSelector('dialog .checked tr[data-name="3"]')
      await picture(keeper.page, 'cards-import')
      await ask(keeper.page, '受領した一覧')
      t.equal(await supervisor.page.locator('.menu a[data-page=cards]').count(), 1)
      await supervisor.page.goto(`${desks.screens}/cards`)
      await supervisor.page.waitForSelector('.waits b:text-is("1")')
      await supervisor.page.click('.waits a')
      await approve()
      await keeper.page.waitForSelector('.whole[data-state=exported] .bad-lines tr[data-name="3"]')
      await picture(keeper.page, 'cards-imported')
      t.strictSame([...wrong, ...keeper.wrong], [])
    },
  )

  await t.test('billing: a customer, the months as a picture, and the invoice as PDF', async t => {
    const { page, wrong } = await person('operator', '/billing')
    await page.waitForSelector('main .empty h2')
    await page.fill('input[name=of]', SUBSCRIBER)
    await page.keyboard.press('Enter')
    await page.waitForSelector('.months svg text.left')
    t.equal(await page.locator('.months rect.registered').count(), MONTHS_SHOWN)
    t.match(await page.textContent('.aladin'), /2001-01-31/, 'a shop sees less')
    await page.click('tr[data-name="2001-01"] button.link')
    await page.waitForSelector('dl[data-invoice]')
    await picture(page, 'billing-customer')
    const [pdf] = await Promise.all([
      page.waitForEvent('download'),
      page.click('.links a >> nth=0'),
    ])
    t.match(pdf.suggestedFilename(), /-ja\.pdf$/)
    t.match(
      readFileSync(await pdf.path())
        .subarray(0, 5)
        .toString(),
      '%PDF-',
    )
    t.strictSame(wrong, [])
  })

  await t.test('billing: what is held is tried again, and the exchange is re-armed', async t => {
    const { page, wrong } = await person('operator', '/billing?show=errors')
    await page.waitForSelector(`tbody tr:has-text("${LATECOMER}")`)
    await picture(page, 'billing-errors')
    await page.click('.part-head button')
    await page.click('dialog[open] button[type=submit]')
    await page.waitForSelector('.told:has-text("1 件")')
    await page.waitForSelector('main .empty h2')
    await page.click('button[data-tab=exchange]')
    await page.waitForSelector('[data-exchange=stopped]')
    const left = await page.textContent('tr[data-name=redrive] b')
    await page.waitForSelector(`tr[data-name=redrive] b:not(:text-is("${left}"))`)
    await picture(page, 'billing-exchange')
    await page.click('.heading button.primary')
    await page.click('dialog[open] button[type=submit]')
    await page.waitForSelector('.told:has-text("再開")')
    t.equal(await page.locator('tr[data-name="2001-02-10"] button').count(), 0, 'not an operator')
    await page.click('button[data-tab=journal]')
    await page.waitForSelector('.part-head .by:has-text("貸借一致")')
    await page.waitForSelector('td:has-text("2120 預り金")')
    await picture(page, 'billing-journal')
    t.strictSame(wrong, [])
  })

  await t.test('billing: a supervisor rehearses and calculates a month', async t => {
    const { page } = supervisor
    await page.goto(`${desks.screens}/billing?show=exchange`)
    await page.click('tr[data-name="2001-02-10"] button')
    await confirm(page, 'CRS と照合済み')
    await page.waitForSelector('.told:has-text("確認")')
    await page.click('button[data-tab=months]')
    await page.waitForSelector('[data-month="2000-12"], [data-month="2001-02"]')
    await page.fill('input[name=month]', '2001-02')
    await page.click('[data-month="2001-02"] .choice > button >> nth=0')
    await page.waitForSelector('tr[data-name=before]')
    await page.click('[data-month="2001-02"] .choice > button >> nth=1')
    await page.click('dialog[open] button[type=submit]')
    await page.waitForSelector('.told:has-text("計算しました")')
    await page.waitForSelector('.progress:has-text("3 / 3")')
    await picture(page, 'billing-months')
    t.equal(await page.locator('tr[data-name=K2]').count(), 1, 'what differs is named')
  })

  await t.test('people: a session is ended, and the audit log is verified', async t => {
    const { page } = supervisor
    await page.goto(`${desks.screens}/people`)
    await page.waitForSelector('button[data-account=key-custodian]')
    await picture(page, 'people-sessions')
    const row = page.locator('tr:has(button[data-account=key-custodian])').first()
    const session = await row.getAttribute('data-name')
    await row.locator('button').click()
    await confirm(page, '席を離れている')
    await page.waitForSelector(`tr[data-name="${session}"]`, { state: 'detached' })
    await page.click('button[data-tab=groups]')
    await page.waitForSelector('tr[data-name="sessions.end"] code:has-text("/end")')
    await page.click('button[data-tab=audit]')
    await page.waitForSelector('tbody tr:has-text("activate_cards")')
    await page.click('.part-head button')
    await page.waitForSelector('[data-check=whole]')
    await picture(page, 'people-audit')
    t.pass('the chain is whole')
  })

  await t.test('people: an account is made, gets an own group, and is disabled', async t => {
    const { page, wrong } = await person('administrator', '/people?show=accounts')
    await page.click('.part-head button.primary')
    await page.fill('dialog input[name=name]', 'hana')
    await confirm(page, '新しい同僚')
    const password = await page.inputValue('dialog input.drawn')
    await picture(page, 'people-password')
    await page.keyboard.press('Escape')
    await page.waitForSelector('dialog', { state: 'detached' })
    t.equal(await page.locator('main:focus, main :focus').count(), 1, 'focus is where it was')
    const hana = await openPage(browser, 'light')
    await logIn(hana.page, desks.screens, 'hana', password)
    t.equal(await hana.page.locator('.menu a[data-page=locks]').count(), 0, 'a viewer')

    await page.click('button[data-tab=groups]')
    await page.click('.part-head button.primary')
    await page.fill('dialog input[name=name]', '夜間')
    await page.selectOption('dialog select[name=role]', 'operator')
    t.ok(await page.isDisabled('input[name="act.activate_cards"]'), 'kept apart from the role')
    await page.uncheck('input[name="billing.see"]')
    await picture(page, 'people-group')
    await confirm(page, '夜間の体制')
    await page.waitForSelector('tr[data-name="夜間"]')
    await picture(page, 'people-groups')
    await page.click('button[data-tab=accounts]')
    await page.click('tr[data-name=hana] button[data-deed=group]')
    await page.selectOption('dialog select[name=group]', '夜間')
    await confirm(page, '夜間の体制')
    await page.waitForSelector('tr[data-name=hana]:has-text("夜間")')
    await hana.page.click('.menu a[data-page=alarms]')
    await hana.page.waitForURL('**/login')
    await logIn(hana.page, desks.screens, 'hana', password)
    await hana.page.waitForSelector('.menu a[data-page=locks]')
    t.equal(await hana.page.locator('.menu a[data-page=billing]').count(), 0, 'as the group has it')

    await page.click('tr[data-name=hana] button[data-deed=disable]')
    await confirm(page, '退職')
    await page.waitForSelector('tr[data-name=hana] [data-deed=enable]')
    await picture(page, 'people-accounts')
    await page.click('tr[data-name=administrator] button[data-deed=disable]')
    await confirm(page, '間違い')
    await page.waitForSelector('dialog .failure')
    await page.keyboard.press('Escape')
    await page.waitForSelector('dialog', { state: 'detached' })
    await page.click('button[data-tab=changes]')
    await page.waitForSelector('tbody tr:has-text("disable_account"):has-text("退職")')
    await page.click('.part-head button')
    await page.waitForSelector('[data-check=whole]')
    await picture(page, 'people-changes')
    t.strictSame(unexpected([...wrong, ...hana.wrong]), [])
  })

  await t.test(
    'every page of the desks: nobody is kept from it, and nothing is cut off',
    async t => {
      const { page } = supervisor
      for (const language of ['en', 'ja']) {
        for (const path of WALKED) {
          await page.goto(`${desks.screens}${path}`)
          await page.click(`button[data-language=${language}]`)
          await page.waitForSelector('main :is(table, .empty, .progress, details)')
          if (language === 'ja') t.strictSame(await barriers(page), [], `${path}: axe`)
          for (const width of WIDTHS) {
            await page.setViewportSize({ width, height: 900 })
            t.strictSame(await overflowing(page), [], `${path} in ${language} at ${width} px`)
          }
        }
      }
    },
  )

  t.strictSame(supervisor.wrong, [])
})
