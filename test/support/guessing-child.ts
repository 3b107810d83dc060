import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { type Pin, parsePin } from '../../domain/card.js'
import { chargeId } from '../../domain/charge-id.js'
import { epochMs } from '../../domain/clock.js'
import { SetClock } from '../../platform/clock.js'
import { KeyRing } from '../../scp/cards/key-ring.js'
import { ALL_OWN } from '../../scp/scenarios/scenario-list.js'
import { loadScenarios } from '../../scp/scenarios/scenarios.js'
import { openScpStore } from '../../scp/store/answering.js'
import { freshToken, OFFICE, POLICY, phone } from './scp-values.js'

/** What the child guesses with: the service brakes at the tenth wrong number of a minute. */
export const GUESSED_UNDER = { ...POLICY, brake: { ...POLICY.brake, rateMax: 10 } }

/**
 * Handsets from the tenth on key one card, each once, until the child is killed. Each answer is a line on
 * its output, written at once: handset and finding.
 */
async function guessUntilKilled(folder: string, at: number, pin: Pin) {
  const ring = KeyRing.read(join(folder, 'pin-keys'))
  if (!ring) throw new Error('there is no key ring')
  const { answers } = openScpStore({
    path: join(folder, 'scp.db'),
    clock: new SetClock(epochMs(at)),
    policy: GUESSED_UNDER,
    office: OFFICE,
    scenarios: await loadScenarios(ALL_OWN),
    onBroken: fault => {
      throw fault
    },
  })
  for (let n = 10; ; n++) {
    const token = freshToken()
    const call = { token, msisdn: phone(n), kind: 'mobilers', callId: token, cseq: 1 } as const
    await answers.openCallSession({ ...call, service: '1400' })
    const asked = { id: chargeId(token, 1), digests: ring.digests(pin) }
    const { finding } = await answers.charge(asked)
    writeSync(1, `${n} ${finding}\n`)
  }
}

const [folder, at, digits] = process.argv.slice(2)
const pin = parsePin(digits ?? '')
if (folder && pin) await guessUntilKilled(folder, Number(at), pin)
