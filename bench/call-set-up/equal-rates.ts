import { median } from '../median.js'
import type { Answerer } from './answerer.js'
import { type Loaded, load } from './sipp-load.js'

/** Who is compared. The control is a second product: the two differ by what the machine does alone. */
export interface Sides {
  readonly product: Answerer
  readonly sipp: Answerer
  readonly control: Answerer
}

/** What a rate came to. */
export interface AtRate {
  readonly callsASecond: number
  readonly rounds: Readonly<Record<keyof Sides, readonly Loaded[]>>
  /** Medians of rounds beside each other; SIPp's processor time over ours, so that 1 is as good. */
  readonly ratio: {
    readonly engine: number
    readonly withApplication: number
    readonly control: number
  }
}

const ORDER = ['product', 'sipp', 'control'] as const

/** Each side at the same rate, in turns that go to and fro; the first round is dropped. */
export async function atRate(
  sides: Sides,
  callsASecond: number,
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
): Promise<AtRate> {
  const measured: Record<keyof Sides, Loaded[]> = { product: [], sipp: [], control: [] }
  for (let round = 0; round <= rounds; round++) {
    for (const name of round % 2 === 0 ? ORDER : ORDER.toReversed()) {
      const loaded = await load(sides[name], { callsASecond, seconds })
      if (round > 0) measured[name].push(loaded)
    }
    console.error(`${callsASecond} calls/s: round ${round} of ${rounds}`)
  }
  const beside = (of: (product: Loaded, sipp: Loaded, control: Loaded) => number) =>
    median(
      measured.product.map((product, n) => {
        const [sipp, control] = [measured.sipp[n], measured.control[n]]
        return sipp && control ? of(product, sipp, control) : Number.NaN
      }),
    )
  return {
    callsASecond,
    rounds: measured,
    ratio: {
      engine: beside((product, sipp) => sipp.allUs / product.engineUs),
      withApplication: beside((product, sipp) => sipp.allUs / product.allUs),
      control: beside((product, _sipp, control) => product.allUs / control.allUs),
    },
  }
}
