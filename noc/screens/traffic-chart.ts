import type { ViewRow } from '../traffic/messages.js'
import { say } from './language.js'
import { TEXTS } from './traffic-texts.js'

/** Loaded by a script of its own before this one runs. */
declare const uPlot: typeof import('uplot')

type Plot = InstanceType<typeof uPlot>

/** What is drawn, each over the one before: what was offered holds what was answered, and that what was accepted. */
const SERIES = ['offered', 'answered', 'accepted'] as const

const HOUR_MS = 3_600_000

/** Quarter-hours of a day. */
const SLOTS = 96

const HEIGHT = 176

/** Bars of a day, by quarter-hour. */
export class TrafficChart {
  readonly #place: HTMLElement
  readonly #legend: HTMLElement
  #plot: Plot | undefined
  #columns: [number[], ...(number | null)[][]] = [[], [], [], []]

  constructor(place: HTMLElement, legend: HTMLElement) {
    this.#place = place
    this.#legend = legend
    new ResizeObserver(() => this.#resize()).observe(place)
    const dark = matchMedia('(prefers-color-scheme: dark)')
    dark.addEventListener('change', () => this.draw())
  }

  /** Takes the rows of a day, oldest first. */
  show(rows: readonly ViewRow[]): void {
    const byTime = new Map(rows.map(row => [row.time, row.values]))
    const times = Array.from({ length: SLOTS }, (_, slot) => slot / 4)
    const values = SERIES.map(id => times.map(hour => byTime.get(timeOf(hour))?.[id] ?? null))
    this.#columns = [times.map(hour => hour + 1 / 8), ...values]
    if (this.#plot) this.#plot.setData(this.#columns)
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
          x: { time: false, range: [0, 24] },
          y: { range: (_plot, _least, most) => [0, Math.max(4, Math.ceil((most ?? 0) * 1.1))] },
        },
        axes: [
          {
            ...axis,
            size: 26,
            grid: { show: false },
            splits: () => [0, 3, 6, 9, 12, 15, 18, 21, 24],
            values: (_plot, hours) => hours.map(timeOf),
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

  /** The legend, with the values of the quarter-hour that is pointed at. */
  #point(slot: number | undefined): void {
    const entries = SERIES.map((id, index) => {
      const entry = document.createElement('span')
      entry.className = id
      const value = slot === undefined ? undefined : this.#columns[index + 1]?.[slot]
      entry.textContent = `${say(TEXTS[id])}${value === undefined || value === null ? '' : ` ${value.toLocaleString('en')}`}`
      return entry
    })
    const time = document.createElement('time')
    time.textContent = slot === undefined ? '' : timeOf(slot / 4)
    this.#legend.replaceChildren(...entries, time)
  }

  #resize(): void {
    const width = this.#place.clientWidth
    if (this.#plot && width > 0) this.#plot.setSize({ width, height: HEIGHT })
  }
}

/** `10.25` hours as `10:15`. */
const timeOf = (hour: number): string =>
  hour === 24 ? '24:00' : new Date(hour * HOUR_MS).toISOString().slice(11, 16)
