import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { TrafficView } from '../../traffic/messages.js'
import { say } from '../shell/language.js'
import { CHARTS, type Chart, type Series } from './charts.js'
import { type Slots, slotsOf } from './slots.js'

/** What is drawn: a table, which chart of it, and the day that it is held against. */
export interface Drawn {
  readonly view: TrafficView
  readonly chart: Chart
  readonly against: { readonly view: TrafficView; readonly name: string } | undefined
}

type Values = (number | null)[]

/** Least height of a chart, in px; on a wall it fills its place. */
const HEIGHT = 176

/** Least that a zoom shows, in rows. */
const ZOOM_MIN = 4

/** Bars and lines of a day by quarter-hour or hour, or of a month by day; along the axis the rows are counted. */
export class TrafficChart {
  readonly #place: HTMLElement
  readonly #legend: HTMLElement
  readonly #zoomed: (is: boolean) => void
  readonly #sized: ResizeObserver
  #plot: uPlot | undefined
  #drawn: Drawn | undefined
  #slots: Slots = slotsOf(undefined)
  #series: readonly Series[] = []
  /** Each series as it is told, and as it is drawn: what is stacked stands on those below it. */
  #told: Values[] = []
  /** The part of the axis that is seen; all of it where `undefined`. */
  #range: readonly [number, number] | undefined

  /** `zoomed` is told whether a part alone is seen. */
  constructor(place: HTMLElement, legend: HTMLElement, zoomed: (is: boolean) => void) {
    this.#place = place
    this.#legend = legend
    this.#zoomed = zoomed
    this.#sized = new ResizeObserver(() => this.#resize())
    this.#sized.observe(place)
  }

  /** Takes it away for good. */
  remove(): void {
    this.#sized.disconnect()
    this.#plot?.destroy()
  }

  /** Takes a table; what is seen of it stays while it is of the same time. */
  show(drawn: Drawn): void {
    const before = this.#drawn
    const same =
      before?.chart === drawn.chart &&
      before.view.by === drawn.view.by &&
      before.view.from === drawn.view.from &&
      before.against?.name === drawn.against?.name &&
      `${before.view.denominations}` === `${drawn.view.denominations}`
    if (before?.view.by !== drawn.view.by || before.view.from !== drawn.view.from) this.#see()
    this.#drawn = drawn
    this.#slots = slotsOf(drawn.view)
    this.#series = drawn.chart.series(drawn.view.denominations)
    const columns = this.#columns(drawn)
    if (this.#plot && same) this.#plot.setData(columns)
    else this.draw()
    this.#point(undefined)
  }

  /** Draws it all again, in the colours and the language that hold now. */
  draw(): void {
    const drawn = this.#drawn
    if (!drawn) return
    this.#plot?.destroy()
    const style = getComputedStyle(document.documentElement)
    const colour = (name: string) => style.getPropertyValue(`--${name}`).trim()
    const font = `11px ${style.fontFamily}`
    const axis = { stroke: colour('muted'), font, ticks: { show: false } }
    this.#plot = new uPlot(
      {
        ...this.#size(),
        legend: { show: false },
        cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
        scales: {
          x: { time: false, range: () => [...(this.#range ?? [0, this.#slots.count])] },
          y: { range: (_plot, _least, most) => [0, Math.max(4, Math.ceil((most ?? 0) * 1.1))] },
        },
        axes: [
          {
            ...axis,
            size: 26,
            grid: { show: false },
            splits: () => this.#slots.marks(this.#range),
            values: (_plot, places) => places.map(place => this.#slots.nameOf(place)),
          },
          {
            ...axis,
            size: 64,
            grid: { stroke: colour('rule'), width: 1 },
            values: (_plot, counts) =>
              counts.map(count => (Number.isInteger(count) ? count.toLocaleString('en') : '')),
          },
        ],
        series: [{}, ...this.#painted(drawn, colour)],
        hooks: {
          setCursor: [plot => this.#point(plot.cursor.idx ?? undefined)],
          setSelect: [
            ({ select: { left, width }, posToVal, setSelect }) => {
              if (width <= 0) return
              this.#see([
                posToVal.call(this.#plot, left, 'x'),
                posToVal.call(this.#plot, left + width, 'x'),
              ])
              setSelect.call(this.#plot, { left: 0, top: 0, width: 0, height: 0 }, false)
            },
          ],
        },
      },
      this.#columns(drawn),
      this.#place,
    )
    this.#plot.over.addEventListener('dblclick', () => this.#see())
    this.#point(undefined)
  }

  /** Shows half of what is seen, about its middle, or twice as much of it. */
  zoom(way: 'in' | 'out' | 'all'): void {
    const [from, to] = this.#range ?? [0, this.#slots.count]
    const [middle, half] = [(from + to) / 2, ((to - from) / 2) * (way === 'in' ? 0.5 : 2)]
    this.#see(way === 'all' ? undefined : [middle - half, middle + half])
  }

  /** The chart with its title and legend, as a picture. */
  picture(title: string): Promise<Blob | null> {
    const drawn = this.#plot?.ctx.canvas
    const canvas = document.createElement('canvas')
    const pen = canvas.getContext('2d')
    if (!drawn || !pen) return Promise.resolve(null)
    const style = getComputedStyle(document.documentElement)
    const ratio = devicePixelRatio
    const head = 44 * ratio
    canvas.width = drawn.width
    canvas.height = drawn.height + head
    pen.fillStyle = style.getPropertyValue('--surface')
    pen.fillRect(0, 0, canvas.width, canvas.height)
    pen.fillStyle = style.getPropertyValue('--text')
    pen.font = `600 ${13 * ratio}px ${style.fontFamily}`
    pen.fillText(title, 12 * ratio, 18 * ratio)
    pen.font = `${11 * ratio}px ${style.fontFamily}`
    let left = 12 * ratio
    for (const { name, colour } of this.#series) {
      pen.fillStyle = style.getPropertyValue(`--${colour}`)
      pen.fillRect(left, 27 * ratio, 9 * ratio, 9 * ratio)
      pen.fillStyle = style.getPropertyValue('--text')
      pen.fillText(say(name), left + 13 * ratio, 35 * ratio)
      left += 28 * ratio + pen.measureText(say(name)).width
    }
    pen.drawImage(drawn, 0, head)
    return new Promise(resolve => canvas.toBlob(resolve, 'image/png'))
  }

  /** Rows as uPlot takes them: what is painted first is what stands highest. */
  #columns({ view, chart, against }: Drawn): uPlot.AlignedData {
    const { count, slotOf } = this.#slots
    const slots = Array.from({ length: count }, (_, slot) => slot)
    const valuesOf = (table: TrafficView, ids: readonly string[]): Values => {
      const sums = table.rows.map(({ beganAt, values }) => {
        const told = ids.flatMap(id => values[id] ?? [])
        const sum = told.length === 0 ? null : told.reduce((before, value) => before + value, 0)
        return [slotOf(beganAt - table.from), sum] as const
      })
      const bySlot = new Map(sums)
      return slots.map(slot => bySlot.get(slot) ?? null)
    }
    this.#told = this.#series.map(({ id, of = [id] }) => valuesOf(view, of))
    const before = against ? [valuesOf(against.view, [chart.compared])] : []
    const painted = chart.stacked ? stacked(this.#told).reverse() : this.#told
    return [slots.map(slot => slot + 1 / 2), ...painted, ...before] as uPlot.AlignedData
  }

  #painted({ chart, against }: Drawn, colour: (name: string) => string): uPlot.Series[] {
    const bars = uPlot.paths.bars?.({ size: [0.8, 40], align: 0 })
    const points = { show: false }
    const series = this.#series.map(({ colour: name, line }) =>
      line
        ? { stroke: colour(name), width: 2, points: { show: true, size: 5, fill: colour(name) } }
        : { fill: colour(name), width: 0, points, ...(bars ? { paths: bars } : {}) },
    )
    return [
      ...(chart.stacked ? series.reverse() : series),
      ...(against ? [{ stroke: colour('text'), width: 1.5, dash: [4, 4], points }] : []),
    ]
  }

  /** The legend, with the values of the row that is pointed at. */
  #point(slot: number | undefined): void {
    const { against, chart } = this.#drawn ?? { against: undefined, chart: CHARTS.flow }
    const style = getComputedStyle(document.documentElement)
    const entry = (id: string, words: string, colour: string, value: number | null | undefined) => {
      const shown = document.createElement('span')
      shown.className = 'series'
      shown.dataset.series = id
      shown.style.setProperty('--swatch', style.getPropertyValue(`--${colour}`))
      shown.textContent =
        value === undefined || value === null ? words : `${words} ${value.toLocaleString('en')}`
      return shown
    }
    const entries = this.#series.map(({ id, name, colour }, index) =>
      entry(id, say(name), colour, slot === undefined ? undefined : this.#told[index]?.[slot]),
    )
    if (against) {
      const rows = this.#plot?.data.at(-1)
      const value = slot === undefined ? undefined : rows?.[slot]
      const measure = say(this.#series.find(({ id }) => id === chart.compared)?.name ?? chart.title)
      entries.push(entry('against', `${against.name} (${measure})`, 'text', value))
    }
    const time = document.createElement('time')
    time.textContent = slot === undefined ? '' : this.#slots.nameOf(slot)
    this.#legend.replaceChildren(...entries, time)
  }

  /** Sees a part of the axis, or all of it. */
  #see(part?: readonly [number, number]): void {
    const { count } = this.#slots
    const from = Math.max(0, Math.floor(part?.[0] ?? 0))
    const to = Math.min(count, Math.ceil(part?.[1] ?? count))
    const all = part === undefined || to - from >= count
    this.#range = all ? undefined : [from, Math.max(to, Math.min(count, from + ZOOM_MIN))]
    this.#zoomed(!all)
    this.#plot?.setData(this.#plot.data)
  }

  #resize(): void {
    if (this.#plot && this.#place.clientWidth > 0) this.#plot.setSize(this.#size())
  }

  #size() {
    const { clientWidth, parentElement } = this.#place
    const fills = document.documentElement.dataset.wall === 'on'
    const height = fills ? Math.max(HEIGHT, (parentElement?.clientHeight ?? 0) - 48) : HEIGHT
    return { width: clientWidth || 600, height }
  }
}

/** Each series standing on those before it. */
function stacked(series: readonly Values[]): Values[] {
  const heights: number[] = []
  return series.map(values =>
    values.map((value, slot) => {
      if (value === null) return null
      const height = (heights[slot] ?? 0) + value
      heights[slot] = height
      return height
    }),
  )
}
