import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** One value of a metric, with its labels where it has any. */
export interface Sample {
  readonly value: number
  readonly labels?: Readonly<Record<string, string>>
}

/** Reads a metric when it is asked for: one value, or several by their labels. */
export type Read = () => Samples | Promise<Samples>

type Samples = number | readonly Sample[]

/** What a histogram has counted. */
export interface Distribution {
  /** Upper bounds of the buckets, ascending. */
  readonly bounds: readonly number[]
  /** What fell into each bucket; the last place is for what is beyond all bounds. */
  readonly counts: readonly number[]
  readonly sum: number
}

/** How a metric is called and what it says, by the conventions of Prometheus: base units, counters end in `_total`. */
export interface Described {
  readonly name: string
  readonly help: string
  /** Names of its labels: few values each, and never a number, a serial number or a card number. */
  readonly labels?: readonly string[]
}

/**
 * What a program tells of itself to Prometheus. Nothing is counted here: each metric is read from where it
 * is kept when somebody asks.
 */
export class Metrics {
  readonly #registry = new Registry()
  /** Forgets what was read together for the last answer. */
  readonly #forget: (() => void)[] = []
  #telling: Promise<string> | undefined

  /** What only grows; from 0 when the program starts, or from what a store keeps. */
  counter({ name, help, labels = [] }: Described, read: Read): void {
    const counter: Counter<string> = new Counter({
      ...{ name, help, labelNames: labels, registers: [this.#registry] },
      async collect() {
        const samples = samplesOf(await read())
        counter.reset()
        for (const { labels = {}, value } of samples) counter.inc(labels, value)
      },
    })
  }

  /** What goes up and down. */
  gauge({ name, help, labels = [] }: Described, read: Read): void {
    const gauge: Gauge<string> = new Gauge({
      ...{ name, help, labelNames: labels, registers: [this.#registry] },
      async collect() {
        const samples = samplesOf(await read())
        gauge.reset()
        for (const { labels = {}, value } of samples) gauge.set(labels, value)
      },
    })
  }

  /** How values are spread. */
  histogram({ name, help }: Described, read: () => Distribution): void {
    this.#registry.registerMetric(new KeptHistogram(name, help, read))
  }

  /** For several metrics that one question answers: it is asked once an answer. */
  together<T>(read: () => Promise<T>): () => Promise<T> {
    let asked: Promise<T> | undefined
    this.#forget.push(() => {
      asked = undefined
    })
    return () => {
      asked ??= read()
      return asked
    }
  }

  /** All metrics in Prometheus' text format, version 0.0.4. Throws what a metric could not be read for. */
  text(): Promise<string> {
    this.#telling ??= this.#tell().finally(() => {
      this.#telling = undefined
    })
    return this.#telling
  }

  /** The type of `text`. */
  get contentType(): string {
    return this.#registry.contentType
  }

  async #tell(): Promise<string> {
    for (const forget of this.#forget) forget()
    return this.#registry.metrics()
  }
}

const samplesOf = (read: Samples): readonly Sample[] =>
  typeof read === 'number' ? [{ value: read }] : read

/** A histogram whose counts are kept elsewhere; prom-client’s own counts what it is told one by one. */
class KeptHistogram extends Histogram {
  readonly #name: string
  readonly #help: string
  readonly #read: () => Distribution

  constructor(name: string, help: string, read: () => Distribution) {
    super({ name, help, registers: [] })
    this.#name = name
    this.#help = help
    this.#read = read
  }

  /** prom-client 15 writes a metric by this where there is one. */
  async getForPromString() {
    const { bounds, counts, sum } = this.#read()
    let below = 0
    const buckets = counts.map((count, place) => {
      below += count
      return value('bucket', below, { le: `${bounds[place] ?? '+Inf'}` })
    })
    const values = [...buckets, value('sum', sum), value('count', below)].map(one => ({
      ...one,
      metricName: `${this.#name}_${one.part}`,
    }))
    return { name: this.#name, help: this.#help, type: 'histogram', values }
  }
}

const value = (part: string, amount: number, labels: Record<string, string> = {}) => ({
  part,
  value: amount,
  labels,
})
