import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { TrafficView } from '../../traffic/messages.js'
import { say } from '../shell/language.js'
import { TEXTS } from './texts.js'

/** What is drawn, each over the one before: what was offered holds what was answered, and that what was accepted. */
const SERIES = ['offered', 'answered', 'accepted'] as const

const HOUR_MS = 3_600_000

/** What is drawn: a table's time and its rows. */
type Drawn = Pick<TrafficView, 'by' | 'rows'> & { readonly from: number; readonly to: number }

// biome-ignore format: table
const LENGTH_MS: Readonly<Record<Drawn['by'], number>> = {
  'quarter-hour': HOUR_MS / 4, hour: HOUR_MS, day: 24 * HOUR_MS,
}

/** Between two marks of a day, in hours, and of a month, in days. */
const MARK_HOURS = 3
const MARK_DAYS = 5

const HEIGHT = 176

/** Bars of a day by quarter-hour or hour, or of a month by day; along the axis the rows are counted. */
export class TrafficChart {
  readonly #place: HTMLElement
  readonly #legend: HTMLElement
  readonly #sized: ResizeObserver
  #plot: uPlot | undefined
  #drawn: Drawn = { from: 0, to: 0, by: 'hour', rows: [] }
  #columns: [number[], ...(number | null)[][]] = [[], [], [], []]

  constructor(place: HTMLElement, legend: HTMLElement) {
    this.#place = place
    this.#legend = legend
    this.#sized = new ResizeObserver(() => this.#resize())
    this.#sized.observe(place)
  }

  /** Takes it away for good. */
  remove(): void {
    this.#sized.disconnect()
    this.#plot?.destroy()
  }

  /** Takes a table. */
  show({ from, to, by, rows }: Drawn): void {
    const before = this.#drawn
    this.#drawn = { from, to, by, rows }
    const bySlot = new Map(rows.map(row => [(row.beganAt - from) / LENGTH_MS[by], row.values]))
    const slots = Array.from({ length: this.#slots() }, (_, slot) => slot)
    const values = SERIES.map(id => slots.map(slot => bySlot.get(slot)?.[id] ?? null))
    this.#columns = [slots.map(slot => slot + 1 / 2), ...values]
    const same = before.by === by && before.to - before.from === to - from
    if (this.#plot && same) this.#plot.setData(this.#columns)
    else this.draw()
    this.#point(undefined)
  }

  /** Draws it all again, in the colours and the language that hold now. */
  draw(): void {
    this.#plot?.destroy()
    const style = getComputedStyle(document.documentElement)
    const colour = (name: string) => style.getPropertyValue(`--${name}`).trim()
    const bars = uPlot.paths.bars?.({ size: [0.8, 40], align: 0 })
    const font = `11px ${style.fontFamily}`
    const axis = { stroke: colour('muted'), font, ticks: { show: false } }
    this.#plot = new uPlot(
      {
        width: this.#place.clientWidth || 600,
        height: HEIGHT,
        legend: { show: false },
        cursor: { y: false, points: { show: false } },
        scales: {
          x: { time: false, range: () => [0, this.#slots()] },
          y: { range: (_plot, _least, most) => [0, Math.max(4, Math.ceil((most ?? 0) * 1.1))] },
        },
        axes: [
          {
            ...axis,
            size: 26,
            grid: { show: false },
            splits: () => this.#marks(),
            values: (_plot, places) => places.map(place => this.#nameOf(place)),
          },
          {
            ...axis,
            size: 48,
            grid: { stroke: colour('rule'), width: 1 },
            incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000],
            values: (_plot, counts) => counts.map(count => count.toLocaleString('en')),
          },
        ],
        series: [
          {},
          ...SERIES.map(id => ({
            fill: colour(id),
            width: 0,
            points: { show: false },
            ...(bars ? { paths: bars } : {}),
          })),
        ],
        hooks: { setCursor: [plot => this.#point(plot.cursor.idx ?? undefined)] },
      },
      this.#columns,
      this.#place,
    )
    this.#point(undefined)
  }

  /** The legend, with the values of the row that is pointed at. */
  #point(slot: number | undefined): void {
    const entries = SERIES.map((id, index) => {
      const entry = document.createElement('span')
      entry.className = id
      const value = slot === undefined ? undefined : this.#columns[index + 1]?.[slot]
      entry.textContent = `${say(TEXTS[id])}${value === undefined || value === null ? '' : ` ${value.toLocaleString('en')}`}`
      return entry
    })
    const time = document.createElement('time')
    time.textContent = slot === undefined ? '' : this.#nameOf(slot)
    this.#legend.replaceChildren(...entries, time)
  }

  #resize(): void {
    const width = this.#place.clientWidth
    if (this.#plot && width > 0) this.#plot.setSize({ width, height: HEIGHT })
  }

  /** How many rows the table has room for. */
  #slots(): number {
    const { from, to, by } = this.#drawn
    return Math.round((to - from) / LENGTH_MS[by])
  }

  /** Where the axis has its marks: on hours, and in the middle of days. */
  #marks(): number[] {
    const { by } = this.#drawn
    const apart = by === 'day' ? MARK_DAYS : (MARK_HOURS * HOUR_MS) / LENGTH_MS[by]
    const first = by === 'day' ? 1 / 2 : 0
    const count = Math.floor((this.#slots() - first) / apart) + 1
    return Array.from({ length: count }, (_, mark) => first + mark * apart)
  }

  /** `10:15`, or the day of the month. */
  #nameOf(place: number): string {
    const { by } = this.#drawn
    if (by === 'day') return `${Math.floor(place) + 1}`
    const ms = place * LENGTH_MS[by]
    return ms === 24 * HOUR_MS ? '24:00' : new Date(ms).toISOString().slice(11, 16)
  }
}
