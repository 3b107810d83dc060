import type { ChargeSum } from '../../../domain/day-sums.js'
import type { Proof, ProofLine, ProofStage, ProofState } from '../../proof/proof.js'
import type { Text } from '../../traffic/columns.js'
import { useAnswer } from '../parts/use-answer.js'
import { say } from '../shell/language.js'
import './proof-line.css'

/** How often the proof is asked for, in ms. */
const EVERY_MS = 10_000

const TITLE: Text = { ja: '本日の突合', en: 'Proof of the day' }
const UNTOLD: Text = { ja: '応答なし', en: 'no answer' }

const STAGE_NAMES: Readonly<Record<ProofStage, Text>> = {
  used: { ja: '使用カード', en: 'Cards used' },
  recorded: { ja: 'チャージ記録', en: 'Records' },
  filed: { ja: '15 分ファイル', en: 'Quarter-hour files' },
  hourly: { ja: '1 時間ファイル', en: 'Hourly files' },
  ledger: { ja: '元帳+エラー', en: 'Ledger and errors' },
  units_owed: { ja: '度数の予定', en: 'Units owed' },
  units_added: { ja: '度数の加算', en: 'Units added' },
}

const STATE_TEXTS: Readonly<Record<ProofState, Text>> = {
  same: { ja: 'すべて一致', en: 'All the same' },
  on_its_way: { ja: '一致(転送中あり)', en: 'The same but for what is on its way' },
  differs: { ja: '不一致', en: 'They differ' },
  unknown: { ja: '一部未確認', en: 'Not all is known' },
}

const KIND_NAMES: Readonly<Record<ProofLine['kind'], Text>> = {
  mobilers: { ja: 'モバイラーズチェック', en: 'Mobilers Check' },
  pricall: { ja: 'ぷりコール', en: 'Pricall' },
}

/** The invariant of the tree, of today: every yen of cards used stands in each place it must have reached. */
export function ProofOfTheDay() {
  const { answer } = useAnswer<Proof>('/api/proof', EVERY_MS)
  if (!answer) return null
  return (
    <section class="proof" aria-label={say(TITLE)}>
      {answer.lines.map(line => (
        <Line key={line.kind} line={line} />
      ))}
    </section>
  )
}

function Line({ line: { kind, state, stages } }: { line: ProofLine }) {
  return (
    <div class="proven" data-kind={kind} data-state={state}>
      <p>
        <b>{say(KIND_NAMES[kind])}</b> <span class="verdict">{say(STATE_TEXTS[state])}</span>
      </p>
      <dl>
        {stages.map(({ stage, sum }, index) => (
          <div key={stage} data-stage={stage} data-mark={markOf(stages[index - 1]?.sum, sum)}>
            <dt>{say(STAGE_NAMES[stage])}</dt>
            <dd>
              {sum ? `¥${sum.yen.toLocaleString('en')}` : say(UNTOLD)}
              {sum && <small>{sum.count.toLocaleString('en')}</small>}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  )
}

/** How a sum stands to the one before it, which is absent before the first. */
function markOf(before: ChargeSum | null | undefined, sum: ChargeSum | null): string | undefined {
  if (before === undefined) return undefined
  if (!before || !sum) return '?'
  return before.count === sum.count && before.yen === sum.yen
    ? '='
    : sum.yen < before.yen
      ? '›'
      : '≠'
}
