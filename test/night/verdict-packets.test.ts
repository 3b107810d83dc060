import t from 'tap'
import { Callers, subscriber } from '../support/callers.js'
import { Network } from '../support/network.js'
import {
  emptyVerdicts,
  HANDSETS_OF_A_CARD,
  ksChance,
  OF_A_HANDSET,
  report,
  spread,
  WRONG_CLASSES,
  type WrongClass,
} from '../support/verdict-timing.js'

/**
 * Wrong numbers of each class (fault test XP4): as many as the thousand demonstration handsets can key before
 * one of them is locked. `VERDICTS` asks for fewer.
 */
const EACH = Number(process.env.VERDICTS ?? 1_000)

/** Calls at once: so many that the machine is busy, so few that no call waits for its turn. */
const AT_ONCE = 40

/** How far the median of a class may be from that of all together, and the least chance that two are of one kind. */
const [SPREAD_MAX, CHANCE_MIN] = [0.05, 0.01]

const REFUSED = ['ja/card-refused', 'en/card-refused']

t.setTimeout(3_600_000)

t.test('XP4: from the last digit to the first packet, every class takes as long', async t => {
  const network = await Network.start(t, {
    MCSCP_LOG_LEVEL: 'warn',
    // A number that is unknown may begin with 9, which alone would choose the language.
    MCSCP_IVR_LANGUAGE_WAIT: '30000',
  })
  // So many wrong numbers a minute would brake the service; by the network's clock they are few.
  await network.command({}, 'clock', 'run', '--rate', '120')
  const callers = new Callers(t, network)
  const pins = await wrongPins(network, callers)
  const verdicts = emptyVerdicts()
  const wording = new Map<string, number>()
  let next = 0
  const work = async () => {
    for (let n = next++; n < EACH * WRONG_CLASSES.length; n = next++) {
      // Each class has each place of a handset's calls as often as the others.
      const kind = WRONG_CLASSES[(n + Math.floor(n / OF_A_HANDSET)) % WRONG_CLASSES.length]
      if (!kind) throw new RangeError(`no class has the place ${n}`)
      const handset = 1 + (n % Math.ceil((EACH * WRONG_CLASSES.length) / OF_A_HANDSET))
      const call = await callers.call(subscriber(handset))
      await call.sound()
      await call.key(pins[kind](Math.floor(n / WRONG_CLASSES.length)))
      verdicts[kind].ms.push(await call.verdictMs())
      const words = (await call.hears(...REFUSED)).slice(3)
      wording.set(words, (wording.get(words) ?? 0) + 1)
      await call.hangUp()
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))

  t.strictSame([...wording], [['card-refused', EACH * WRONG_CLASSES.length]], 'the same words')
  for (const line of report(verdicts)) t.comment(line)
  const most = spread(verdicts)
  t.ok(most <= SPREAD_MAX, `the medians are within ${(most * 100).toFixed(2)} % of all together`)
  for (const kind of WRONG_CLASSES.slice(1)) {
    const chance = ksChance(verdicts.unknown.ms, verdicts[kind].ms)
    t.ok(chance > CHANCE_MIN, `${kind} and unknown: KS p is ${chance.toFixed(3)}`)
  }
})

/** Cards of each class, none keyed by so many handsets that it would be locked. */
async function wrongPins(
  network: Network,
  callers: Callers,
): Promise<Readonly<Record<WrongClass, (n: number) => string>>> {
  const count = Math.ceil(EACH / HANDSETS_OF_A_CARD)
  const idle = await network.issue(count, 500, '--not-activated')
  const old = await network.issue(count, 500, '--usable-through', '2001-12-31')
  const used = await network.issue(count, 500)
  let next = 0
  const charge = async () => {
    for (let n = next++; n < count; n = next++) {
      const call = await callers.call(subscriber(1_000 - n))
      await call.sound()
      await call.key(`${used[n]?.pin}#`)
      await call.hears('ja/charge-succeeded-1', 'en/charge-succeeded-1')
      await call.hangUp()
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, charge))
  const one = (cards: readonly { readonly pin: string }[]) => (n: number) =>
    cards[n % count]?.pin ?? ''
  return {
    // No card has these: PINs are drawn, and collide with chance 10^-14.
    unknown: n => `${n}`.padStart(14, '0'),
    used: one(used),
    not_active: one(idle),
    expired: one(old),
  }
}
