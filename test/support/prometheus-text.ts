/** One sample of Prometheus' text format. */
export interface ScrapedSample {
  /** The family's name, or with `_bucket`, `_sum` or `_count` of a histogram. */
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** A metric family: what was said of it and its samples. */
export interface Family {
  readonly help: string
  readonly type: string
  readonly samples: ScrapedSample[]
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/

const VALUE = /^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|NaN|[+-]Inf)$/

/**
 * Reads Prometheus' text format, version 0.0.4, and stricter than Prometheus does: every family is told once
 * and whole, with a help and a type before its samples; counters end in `_total`, and histograms add up.
 * Throws what is wrong with the line that it names.
 */
export function readPrometheusText(text: string): ReadonlyMap<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end')
  const families = new Map<string, Family & { readonly name: string }>()
  let helped: { readonly name: string; readonly help: string } | undefined
  let current: (Family & { readonly name: string }) | undefined
  const seen = new Set<string>()
  for (const [place, line] of text.slice(0, -1).split('\n').entries()) {
    const wrong = (what: string) => new Error(`line ${place + 1}: ${what}: ${line}`)
    if (line === '') continue
    const [, what, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? []
    if (line.startsWith('#') && what === undefined) throw wrong('neither help nor type')
    if (what === 'HELP') {
      if (!NAME.test(name) || families.has(name)) throw wrong('no name, or told twice')
      helped = { name, help: rest }
      current = undefined
    } else if (what === 'TYPE') {
      if (helped?.name !== name) throw wrong('a type without its help before it')
      if (!/^(counter|gauge|histogram)$/.test(rest)) throw wrong('a type that we do not tell')
      if ((rest === 'counter') !== name.endsWith('_total')) throw wrong('_total is for counters')
      current = { name, help: helped.help, type: rest, samples: [] }
      families.set(name, current)
      helped = undefined
    } else {
      const sample = readSample(line)
      if (!sample) throw wrong('no sample')
      if (!current || !belongs(sample.name, current)) throw wrong('a sample outside its family')
      const key = `${sample.name} ${JSON.stringify(Object.entries(sample.labels).sort())}`
      if (seen.has(key)) throw wrong('a sample told twice')
      seen.add(key)
      if (current.type !== 'gauge' && !(sample.value >= 0)) throw wrong('a count below nothing')
      current.samples.push(sample)
    }
  }
  for (const family of families.values()) if (family.type === 'histogram') addsUp(family)
  return families
}

function readSample(line: string): ScrapedSample | undefined {
  const [, name, inBraces = '', value = ''] = /^([^\s{]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
  if (name === undefined || !NAME.test(name) || !VALUE.test(value)) return undefined
  const labels: Record<string, string> = {}
  let rest = inBraces
  while (rest !== '') {
    const [whole, label, text = ''] =
      /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,(?=.)|$)/.exec(rest) ?? []
    if (whole === undefined || label === undefined || label in labels) return undefined
    labels[label] = text.replace(/\\(.)/g, (_, one: string) => (one === 'n' ? '\n' : one))
    rest = rest.slice(whole.length)
  }
  return { name, labels, value: Number(value.replace('Inf', 'Infinity')) }
}

const belongs = (sample: string, { name, type }: { name: string; type: string }): boolean =>
  type === 'histogram'
    ? ['bucket', 'sum', 'count'].some(part => sample === `${name}_${part}`)
    : sample === name

/** Buckets grow with their bounds up to all there are; for histograms without labels of their own. */
function addsUp({ name, samples }: { name: string; samples: readonly ScrapedSample[] }): void {
  const of = (part: string) => samples.filter(one => one.name === `${name}_${part}`)
  const buckets = of('bucket').map(({ labels, value }) => [
    Number(labels.le?.replace('Inf', 'Infinity')),
    value,
  ])
  for (const [place, [bound = 0, count = 0]] of buckets.entries()) {
    const [lower = -1, below = 0] = buckets[place - 1] ?? []
    if (!(bound > lower) || count < below) throw new Error(`${name}: buckets out of order`)
  }
  const [last, all] = buckets.at(-1) ?? []
  const [count] = of('count')
  if (last !== Number.POSITIVE_INFINITY || all !== count?.value || of('sum').length !== 1) {
    throw new Error(`${name}: its buckets do not add up`)
  }
}
