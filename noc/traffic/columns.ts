/**
 * The columns of the charge-traffic table (Figure 6 of seed 004) by their groups, with their headings.
 * Read by the server and by the page, so it stands on nothing.
 */

/** The two languages of the screens. */
export type ScreenLanguage = 'ja' | 'en'

/** A text in both. */
export type Text = Readonly<Record<ScreenLanguage, string>>

/** How a value is written: whole numbers with separators, seconds and ratios with one decimal, shares in per cent. */
export type ColumnForm = 'count' | 'yen' | 'seconds' | 'ratio' | 'share'

export interface Column {
  /** Names its value in every row. */
  readonly id: string
  readonly heading: Text
  /** Stands over neighbours that have the same. */
  readonly over?: Text
  /** What it counts, for whoever asks. */
  readonly about: Text
  readonly form: ColumnForm
}

export interface ColumnGroup {
  readonly id: string
  readonly heading: Text
  readonly columns: readonly Column[]
}

const text = (ja: string, en: string): Text => ({ ja, en })

const column = (id: string, heading: Text, about: Text, form: ColumnForm = 'count'): Column => ({
  id,
  heading,
  about,
  form,
})

// biome-ignore format: table
const ARRIVALS: readonly Column[] = [
  column('offered',       text('着信数', 'Offered'),        text('この時間に終わった呼と拒否した呼の合計', 'Calls that ended or were refused')),
  column('answered',      text('接続数', 'Answered'),       text('応答した呼。入力前拒否(規制中・上限到達)、入力、結果の合計に等しい', 'Calls answered: locked, at cap, no input, short, abandoned and all results together')),
  column('congestion',    text('輻輳拒否', 'Congestion'),   text('同時呼数の上限、または音声装置の不足により拒否', 'Refused: too many calls, or no media')),
  column('withdrawn',     text('応答前切断', 'Withdrawn'),  text('応答の前に発信者が切断', 'The caller hung up before the answer')),
  column('peak',          text('同時最大', 'Peak'),         text('同時に接続していた呼の最大数', 'Most calls at once')),
]

// biome-ignore format: table
const REFUSED: readonly Column[] = [
  column('not_permitted',  text('非許容契約', 'Not permitted'), text('チャージできない契約からの呼。交換機が案内して切断するため、着信数には入らない。ノードや種別によらない', 'Calls of contracts that may not charge: the switch ends them, so they are not among those offered. Whatever the node and kind')),
  column('no_identity',    text('番号不信', 'No identity'),  text('網が保証する番号がない', 'No number that the network vouches for')),
  column('out_of_service', text('サービス外', 'Out of service'), text('開始日より前、またはサービス停止中', 'Before the first day, or stopped')),
  column('locked',         text('規制中', 'Locked'),         text('操作規制中の電話機、または全体ブレーキ中の待機', 'The handset is locked, or the brake lets it wait')),
  column('at_cap',         text('上限到達', 'At cap'),       text('その月の上限額に達している', 'The month’s cap is reached')),
]

// biome-ignore format: table
const ENTRY: readonly Column[] = [
  column('entries',          text('入力回数', 'Entries'),      text('照合したカード番号の数', 'Card numbers looked at')),
  column('no_input',         text('無入力', 'No input'),       text('何も押されずに終了', 'Nothing was keyed')),
  column('short',            text('桁不足', 'Short'),          text('桁数の合わない番号だけで終了', 'Only numbers of a wrong length')),
  column('abandoned',        text('途中切断', 'Abandoned'),    text('番号がそろう前に発信者が切断', 'The caller left before a number was complete')),
  column('entries_per_call', text('平均入力/呼', 'Per call'),  text('接続数あたりの入力回数', 'Entries to answered calls'), 'ratio'),
]

// biome-ignore format: table
const RESULT: readonly Column[] = [
  column('accepted',     text('正常', 'Accepted'),           text('最後の入力を登録', 'The last entry was registered')),
  column('unknown',      text('不明番号', 'Unknown'),        text('最後の入力が存在しない番号', 'The last entry is no card’s')),
  column('used',         text('使用済', 'Used'),             text('最後の入力が使用済のカード(本人の登録済みを含む)', 'The last entry was used before, one’s own card included')),
  column('not_active',   text('未有効・停止', 'Not active'), text('最後の入力が有効化前、停止中または規制中のカード', 'The last entry was never activated, is stopped, or is locked')),
  column('expired',      text('期限切れ', 'Expired'),        text('最後の入力が期限切れのカード', 'The last entry has expired')),
  column('over_cap',     text('上限超過', 'Over cap'),       text('最後の入力を足すとその月の上限額を超える', 'The last entry would cross the month’s cap')),
  column('system_fault', text('障害', 'Fault'),              text('システム障害により結果を返せず', 'A fault kept the call from a result')),
]

// biome-ignore format: table
const LOCKS: readonly Column[] = [
  column('newly_locked', text('新規規制', 'Newly locked'),   text('この時間に終わった呼で規制された電話機', 'Handsets locked by calls that ended')),
  column('now_locked',   text('現在規制中', 'Now locked'),   text('時間の終わり(または現在)に規制中の電話機。サービス種別によらない', 'Handsets locked at the end of the time, or now, whatever the kind')),
  column('unlocked',     text('解除', 'Unlocked'),           text('オペレータが解除した、または期限が過ぎた規制', 'Locks that an operator released, or that lapsed')),
]

// biome-ignore format: table
const TO_CRS: readonly Column[] = [
  column('crs_sent',         text('送信 件', 'Sent'),           text('この時間に初めて CRS へ送信したチャージデータ', 'Charge records sent to CRS for the first time')),
  column('crs_acknowledged', text('応答済 件', 'Acknowledged'), text('CRS がこの時間に受領応答したチャージデータ', 'Charge records that CRS acknowledged in this time')),
  column('crs_resent',       text('再送 ファイル', 'Resent files'), text('もう一度送信したファイル', 'Files that were sent once more')),
  column('crs_errors',       text('転送異常', 'Errors'),        text('CRS の応答が得られなかった送信', 'Requests that CRS did not acknowledge')),
  column('crs_waiting',      text('滞留', 'Waiting'),           text('締め切ったが CRS の応答がないファイル(空のものを含む)', 'Closed files that CRS has not acknowledged, empty ones too')),
  column('crs_oldest',       text('最古 分', 'Oldest min'),     text('そのうち最も古いファイルの滞留時間(分)', 'For how long the oldest of them has waited, in minutes')),
  column('crs_last',         text('最終番号', 'Last no.'),      text('CRS が最後に受領応答した 15 分ファイルの番号(ノードを選んだとき、または 1 ノードのとき)', 'Number of the last quarter-hour file that CRS acknowledged; of one node alone')),
]

// biome-ignore format: table
const TIME: readonly Column[] = [
  column('holding_mean', text('平均保留 秒', 'Mean s'),      text('応答から終了までの平均', 'From answer to end, mean'), 'seconds'),
  column('holding_p95',  text('p95 秒', 'p95 s'),            text('100 呼のうち 95 呼がこれ以下(秒、切り上げ)', '95 of 100 calls take no longer, in whole seconds'), 'count'),
  column('completion',   text('完了率 %', 'Completion %'),   text('正常/接続', 'Accepted to answered'), 'share'),
]

/** The groups of the table, with the face values that are on sale or were charged. */
export const columnGroups = (denominations: readonly number[]): readonly ColumnGroup[] => [
  { id: 'arrivals', heading: text('着信', 'Arrivals'), columns: ARRIVALS },
  { id: 'refused', heading: text('入力前拒否', 'Refused before entry'), columns: REFUSED },
  { id: 'entry', heading: text('入力', 'Entry'), columns: ENTRY },
  { id: 'result', heading: text('結果', 'Result'), columns: RESULT },
  { id: 'value', heading: text('金額', 'Value'), columns: valueColumns(denominations) },
  { id: 'locks', heading: text('規制', 'Locks'), columns: LOCKS },
  { id: 'transfer', heading: text('CRS 転送', 'To CRS'), columns: TO_CRS },
  { id: 'time', heading: text('時間', 'Time'), columns: TIME },
]

function valueColumns(denominations: readonly number[]): Column[] {
  const charged = denominations.flatMap(faceValue => {
    const amount = faceValue.toLocaleString('en')
    const over = text(`${amount} 円`, `¥${amount}`)
    const about = text(`${amount} 円のカードの登録`, `Cards of ${amount} yen registered`)
    return [
      { id: `cards_${faceValue}`, heading: text('枚', 'Cards'), over, about, form: 'count' },
      { id: `yen_${faceValue}`, heading: text('円', 'Yen'), over, about, form: 'yen' },
    ] as const
  })
  const about = text('登録したカードの総額', 'All cards registered')
  return [
    ...charged,
    { id: 'total_yen', heading: text('総額 円', 'Total yen'), about, form: 'yen' },
  ]
}
