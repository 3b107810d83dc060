import { writeSync } from 'node:fs'
import { systemClock } from '../../platform/clock.js'
import { openScpStore } from '../../scp/store/answering.js'
import { SCENARIOS } from './own-scenarios.js'
import { OFFICE, POLICY } from './scp-values.js'

// Started as a program of its own: replaces a table and rolls it back until it is killed, or 60 times. After
// each act it says at once which version is in force.
const [path] = process.argv.slice(2)
const person = { name: 'op', role: 'operator' } as const
const table = 'denominations'

async function replaceUntilKilled(path: string): Promise<void> {
  const { answers } = openScpStore({
    ...{ path, clock: systemClock, policy: POLICY, office: OFFICE, scenarios: SCENARIOS },
    onBroken: fault => {
      throw fault
    },
  })
  for (let n = 0; n < 60; n++) {
    const { tables } = await answers.standingTables(undefined)
    const now = tables.findLast(({ name }) => name === table)?.text
    const { versions } = await answers.keptTable(table)
    const texts = versions.map(({ version }) => answers.tableText({ table, version }))
    const over = (await Promise.all(texts)).lastIndexOf(now)
    const text = `face_value_yen,design\n${versions.length}0,of ${n} over ${over}\n`
    const asked =
      n % 3 === 2
        ? { act: 'roll_back_table', payload: { table } }
        : { act: 'replace_table', payload: { table, file: `${n}.csv`, text, over } }
    const answer = await answers.performAct({ ...asked, person, reason: 'to see it survive' })
    if (answer.outcome !== 'performed') throw new Error(JSON.stringify(answer))
    writeSync(1, `A ${Object(answer.result).version}\n`)
  }
}

if (path) await replaceUntilKilled(path)
