import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import t from 'tap'
import { demonstrationAccountFile } from '../../noc/config.js'
import { PRODUCT_FOLDER } from '../../platform/product-files.js'
import { linearOf, readWav } from '../../platform/rtp/wav.js'
import { Network } from '../support/network.js'
import { barriers, logIn, openBrowser, openPage, overflowing, picture } from '../support/screens.js'

t.setTimeout(300_000)

/** Length of one value of an envelope, in seconds: syllables are longer. */
const STEP_S = 0.02

/** Likeness from which a clip counts as heard: a busy machine stretches and drops some of it. */
const ALIKE = 0.75

/** What a page tells of its calls: keeps every connection, and how loud each 20 ms of it were. */
const LISTENING = `
  globalThis.heard = []
  globalThis.connections = []
  const Plain = RTCPeerConnection
  globalThis.RTCPeerConnection = class extends Plain {
    constructor(...given) {
      super(...given)
      globalThis.connections.push(this)
      this.addEventListener('track', ({ track }) => void listen(track))
    }
  }
  async function listen(track) {
    const reader = new MediaStreamTrackProcessor({ track }).readable.getReader()
    let squares = 0, samples = 0
    for (;;) {
      const { value, done } = await reader.read()
      if (done) return
      const plane = new Float32Array(value.numberOfFrames)
      value.copyTo(plane, { planeIndex: 0, format: 'f32-planar' })
      for (const sample of plane) {
        squares += sample * sample
        if (++samples < value.sampleRate * ${STEP_S}) continue
        globalThis.heard.push(Math.sqrt(squares / samples))
        squares = samples = 0
      }
      value.close()
    }
  }
`

/** How loud each 20 ms of a clip are. */
function envelopeOf(clip: string): number[] {
  const file = join(PRODUCT_FOLDER, 'guidance-audio', 'clips', `${clip}.wav`)
  const read = readWav(readFileSync(file))
  if (read.outcome !== 'read') throw new Error(`${clip}: ${read.outcome}`)
  const samples = linearOf(read.wav)
  const step = 8_000 * STEP_S
  return Array.from({ length: Math.floor(samples.length / step) }, (_, at) => {
    const part = samples.subarray(at * step, (at + 1) * step)
    return Math.sqrt(part.reduce((sum, one) => sum + one * one, 0) / step)
  })
}

/** How alike two envelopes run, −1 to 1 (Pearson). */
function likeness(one: readonly number[], other: readonly number[]): number {
  const mean = (all: readonly number[]) => all.reduce((sum, value) => sum + value, 0) / all.length
  const [m, n] = [mean(one), mean(other)]
  let [both, left, right] = [0, 0, 0]
  for (const [at, value] of one.entries()) {
    const [a, b] = [value - m, (other[at] ?? 0) - n]
    both += a * b
    left += a * a
    right += b * b
  }
  return both / Math.sqrt(left * right || 1)
}

/** The best likeness of a clip to any stretch of what was heard. */
const bestLikeness = (clip: readonly number[], heard: readonly number[]): number =>
  Math.max(
    -1,
    ...Array.from({ length: Math.max(0, heard.length - clip.length) }, (_, at) =>
      likeness(clip, heard.slice(at, at + clip.length)),
    ),
  )

const heardBy = (page: Page): Promise<number[]> =>
  page.evaluate(() => (globalThis as unknown as { heard: number[] }).heard)

/** Packets that came in, and their energy, as the browser counts. */
const receivedBy = (page: Page) =>
  page.evaluate(async () => {
    const { connections } = globalThis as unknown as {
      connections: { getStats(): Promise<Map<string, Record<string, unknown>>> }[]
    }
    const stats = await connections.at(-1)?.getStats()
    const inbound = [...(stats?.values() ?? [])].find(one => one.type === 'inbound-rtp')
    return {
      packets: Number(inbound?.packetsReceived),
      energy: Number(inbound?.totalAudioEnergy),
    }
  })

t.test('a newcomer charges a card by the phone on the screens', async t => {
  const network = await Network.start(t, { MCSCP_IVR_OFFER_LANGUAGE: 'off' })
  const browser = await openBrowser(t)
  const { page, wrong } = await openPage(browser, 'light')
  await page.addInitScript(LISTENING)
  const password = readFileSync(demonstrationAccountFile(network.home), 'utf8').trim()
  await logIn(page, network.screens, 'watch', password)
  await page.click('.menu a[data-page=phone]')
  await page.waitForSelector('.scratch-card canvas')

  await t.test('nobody is kept from it, and nothing is cut off', async t => {
    for (const language of ['en', 'ja']) {
      await page.click(`button[data-language=${language}]`)
      t.strictSame(await barriers(page), [], `${language}: axe finds nothing serious`)
      for (const width of [1_280, 1_920]) {
        await page.setViewportSize({ width, height: 900 })
        t.strictSame(await overflowing(page), [], `${language} at ${width} px`)
      }
      await picture(page, `phone-${language}`)
    }
  })

  const first = page.locator('.scratch-card').first()
  const serial = (await first.getAttribute('data-serial')) ?? ''
  const card = page.locator(`.scratch-card[data-serial=${serial}]`)
  await t.test('a card is scratched with the pointer', async t => {
    const silver = await card.locator('canvas').boundingBox()
    if (!silver) throw new Error('the card has no layer')
    await page.mouse.move(silver.x + 2, silver.y + 6)
    await page.mouse.down()
    for (let y = 6; y < silver.height; y += 8) {
      await page.mouse.move(silver.x + silver.width - 2, silver.y + y, { steps: 24 })
      await page.mouse.move(silver.x + 2, silver.y + y, { steps: 24 })
    }
    await page.mouse.up()
    await page.waitForSelector(`.scratch-card[data-serial=${serial}][data-bare=true]`)
    const shown = (await card.locator('.pin').textContent())?.replaceAll(' ', '')
    t.equal(shown, network.cards().find(one => one.serial === serial)?.pin)
  })

  await t.test('guidance is heard: it is the clip that ivr plays', async t => {
    await page.click('.phone button.primary')
    await page.waitForSelector('.phone[data-phase=talking]')
    const clip = envelopeOf('ja/welcome')
    let best = -1
    await network.until(async () => {
      best = bestLikeness(clip, await heardBy(page))
      return best > ALIKE
    }, 60_000)
    const backwards = bestLikeness(clip.toReversed(), await heardBy(page))
    t.ok(best > ALIKE, `as like as ${best.toFixed(2)}`)
    t.ok(backwards < ALIKE, `which is no likeness of speech at large: ${backwards.toFixed(2)}`)
    const { packets, energy } = await receivedBy(page)
    t.ok(packets > 20, `${packets} packets`)
    t.ok(energy > 0, 'not of silence')
    await picture(page, 'phone-talking')
  })

  await t.test(
    'beside it stand the words of the guidance, and the sequence of the call',
    async t => {
      await page.waitForSelector('.beside-call .caption:has-text("カード")')
      await page.waitForSelector('.beside-call .ladder li[data-step="14"]')
      t.match(
        await page.getAttribute('.beside-call header a', 'href'),
        /^\/now\?call=./,
        'which leads to the list of calls',
      )
    },
  )

  await t.test('its number is keyed, by keyboard and button, and the card is charged', async t => {
    // A wrong digit would be a wrong number: the keyboard's keys go the same way as the button's.
    await page.locator('h1').click()
    const pin = network.cards().find(one => one.serial === serial)?.pin ?? ''
    await page.keyboard.type(pin.slice(0, 2), { delay: 30 })
    for (const digit of pin.slice(2, 4)) await page.click(`.keypad button[data-key="${digit}"]`)
    await page.keyboard.type(`${pin.slice(4)}#`, { delay: 30 })
    await network.until(async () => {
      const unused = await page.evaluate(async () => (await fetch('/api/phone/cards')).text())
      return unused.includes('cards') && !unused.includes(serial)
    })
    t.pass('the card is used')
    await page.click('.phone .hang-up')
    await page.waitForSelector('.phone[data-phase=over]')
    await page.waitForSelector(`.scratch-card[data-serial=${serial}]`, { state: 'detached' })
    await picture(page, 'phone-over')
    for (const width of [1_280, 1_920]) {
      await page.setViewportSize({ width, height: 900 })
      t.strictSame(await overflowing(page), [], `beside a call nothing is cut off at ${width} px`)
    }
    t.strictSame(await barriers(page), [], 'axe finds nothing serious')
  })
  t.strictSame(wrong, [], 'the browser complained of nothing')
})
