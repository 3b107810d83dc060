import { columnGroups, type Text } from '../../traffic/columns.js'
import { TEXTS } from './texts.js'

/** One series of a chart: a column of the table, or some of them together, in a colour of the style sheet. */
export interface Series {
  readonly id: string
  readonly name: Text
  readonly colour: string
  /** The columns that it sums up, where it is not one of them. */
  readonly of?: readonly string[]
  /** Drawn as a line over the bars. */
  readonly line?: true
}

/** What can be drawn of a table. */
export interface Chart {
  readonly title: Text
  /** Whether its bars stand on each other; otherwise each holds the ones behind it in the list. */
  readonly stacked: boolean
  /** The column by which another day is held against this one. */
  readonly compared: string
  readonly series: (denominations: readonly number[]) => readonly Series[]
}

const text = (ja: string, en: string): Text => ({ ja, en })

/** Headings of the table, so that a chart calls nothing otherwise than the table does. */
const HEADINGS = new Map(
  columnGroups([]).flatMap(({ columns }) => columns.map(({ id, heading }) => [id, heading])),
)
const headed = (id: string): Text => HEADINGS.get(id) ?? text(id, id)

const FLOW: readonly Series[] = [
  { id: 'offered', name: TEXTS.offered, colour: 'offered' },
  { id: 'answered', name: TEXTS.answered, colour: 'answered' },
  { id: 'accepted', name: TEXTS.accepted, colour: 'accepted' },
]

/** The first is at the bottom: what went well, then why it did not; reasons of one kind together. */
// biome-ignore format: table
const RESULTS: readonly Series[] = [
  { id: 'accepted', name: headed('accepted'), colour: 'series-1' },
  { id: 'unknown',  name: headed('unknown'),  colour: 'series-2' },
  { id: 'used',     name: headed('used'),     colour: 'series-3' },
  { id: 'unusable', name: text('未有効・期限切れ', 'Not active, expired'),       colour: 'series-4', of: ['not_active', 'expired'] },
  { id: 'cap',      name: text('上限', 'Cap'),                                   colour: 'series-5', of: ['over_cap', 'at_cap'] },
  { id: 'locked',   name: headed('locked'),   colour: 'series-6' },
  { id: 'no_entry', name: text('入力なし・途中切断', 'No whole entry'), colour: 'series-7', of: ['no_input', 'short', 'abandoned'] },
  { id: 'fault',    name: headed('system_fault'), colour: 'series-8', of: ['system_fault'] },
]

/** As many colours as there are for face values; further ones begin again. */
const VALUE_COLOURS = 6

// biome-ignore format: table
export const CHARTS = {
  flow:     { title: text('着信・接続・正常', 'Offered, answered, accepted'), stacked: false, compared: 'offered', series: () => FLOW },
  results:  { title: text('結果', 'Results'), stacked: true, compared: 'answered', series: () => RESULTS },
  yen:      { title: text('金額', 'Yen'), stacked: true, compared: 'total_yen',
              series: denominations => denominations.map((value, index) => ({
                id: `yen_${value}`, name: text(`${value.toLocaleString('en')} 円`, `¥${value.toLocaleString('en')}`),
                colour: `series-${(index % VALUE_COLOURS) + 1}` })) },
  locks:    { title: text('規制', 'Locks'), stacked: false, compared: 'now_locked',
              series: () => [
                { id: 'newly_locked', name: headed('newly_locked'), colour: 'answered' },
                { id: 'now_locked', name: headed('now_locked'), colour: 'bad', line: true }] },
  transfer: { title: text('CRS 転送の滞留', 'Waiting for CRS'), stacked: false, compared: 'crs_waiting',
              series: () => [
                { id: 'crs_waiting', name: text('滞留ファイル', 'Files waiting'), colour: 'answered' },
                { id: 'crs_oldest', name: text('最古(分)', 'Oldest, min'), colour: 'warn', line: true }] },
} as const satisfies Record<string, Chart>

export type ChartName = keyof typeof CHARTS

/** The chart that an address names; the first where it names none. */
export const chartNamed = (name: string | null): ChartName =>
  name !== null && Object.hasOwn(CHARTS, name) ? (name as ChartName) : 'flow'
