import { demonstrationAccount } from '../../noc/accounts/demonstration.js'
import type { ViewRow } from '../../noc/traffic/messages.js'
import type { Span } from '../../noc/traffic/slots.js'
import type { Home } from '../../platform/home.js'

/** The charge-traffic table of a noc that runs, as whoever is logged in sees it. */
export class NocTable {
  readonly #origin: string
  readonly #cookie: string

  private constructor(origin: string, cookie: string) {
    this.#origin = origin
    this.#cookie = cookie
  }

  /** Logs in with the account of the first look. */
  static async logIn(home: Home, port: number): Promise<NocTable> {
    const origin = `http://127.0.0.1:${port}`
    const account = demonstrationAccount(home)
    if (!account) throw new Error('noc has never run here')
    const answer = await fetch(`${origin}/login`, {
      method: 'POST',
      redirect: 'manual',
      headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ account: account.name, password: account.password }).toString(),
    })
    const [cookie = ''] = answer.headers.getSetCookie()
    return new NocTable(origin, cookie.split(';')[0] ?? '')
  }

  /** The rows of a day, or of its month by day; of a charge kind or of all. */
  async rows(
    day: string,
    kind: 'mobilers' | 'pricall' | 'all',
    by: Span = 'quarter-hour',
  ): Promise<readonly ViewRow[]> {
    const answer = await fetch(`${this.#origin}/api/traffic?day=${day}&kind=${kind}&by=${by}`, {
      headers: { cookie: this.#cookie },
    })
    if (answer.status !== 200) throw new Error(`noc answered ${answer.status}`)
    const { view } = (await answer.json()) as { view: { rows: readonly ViewRow[] } }
    return view.rows
  }
}

/** What an answered call may have come to, by the columns of the table. */
// biome-ignore format: table
const RESULTS = [
  'locked', 'at_cap', 'no_input', 'short', 'abandoned',
  'accepted', 'unknown', 'used', 'not_active', 'expired', 'over_cap', 'system_fault',
]

const UNANSWERED = ['congestion', 'withdrawn', 'no_identity', 'out_of_service']

/** The identities of M-17 that a row breaks as people read it, by its columns alone. */
export function brokenOnScreen({ time, values }: ViewRow): string[] {
  const value = (id: string) => values[id] ?? 0
  const sum = (ids: readonly string[]) => ids.reduce((total, id) => total + value(id), 0)
  const faceValues = Object.keys(values).flatMap(id => /^cards_(\d+)$/.exec(id)?.[1] ?? [])
  const yen = faceValues.map(of => [value(`yen_${of}`), value(`cards_${of}`) * Number(of)] as const)
  const sides: [of: string, one: number, other: number][] = [
    ['offered', value('offered'), value('answered') + sum(UNANSWERED)],
    ['answered', value('answered'), sum(RESULTS)],
    ['total yen', value('total_yen'), sum(faceValues.map(of => `yen_${of}`))],
    ...yen.map(([one, other]): [string, number, number] => ['yen of a face value', one, other]),
  ]
  return sides.flatMap(([of, one, other]) =>
    one === other ? [] : [`${time} ${of}: ${one}, ${other}`],
  )
}
