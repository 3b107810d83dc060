import { countText, yenText } from '../parts/amounts.js'
import { Empty, Failure, Waiting } from '../parts/notices.js'
import { SimpleTable } from '../parts/simple-table.js'
import { useAnswer } from '../parts/use-answer.js'
import { choose } from '../shell/address.js'
import { say } from '../shell/language.js'
import type { Deliveries, Journal } from './answers.js'
import { ENTRY_TEXTS, ofWord, TEXTS } from './texts.js'

/** 仕訳 (B-18): what was handed to accounting, day by day, and the lines of one day. */
export function Journals({ number }: { number: string | null }) {
  const { answer, refusal, again } = useAnswer<Deliveries>('/api/billing/deliveries?kind=journal')
  if (!answer) return refusal ? <Failure refusal={refusal} again={again} /> : <Waiting />
  const [newest] = answer.deliveries
  if (!newest) {
    return (
      <Empty title={TEXTS.noJournals}>
        <p>{say(TEXTS.noJournalsText)}</p>
      </Empty>
    )
  }
  // Most days of a quiet month book nothing.
  const booked = answer.deliveries.find(({ records = 0 }) => records > 0) ?? newest
  const shown = number ?? `${booked.number}`
  return (
    <div class="whole">
      <div class="side-by-side">
        <SimpleTable
          title={TEXTS.journals}
          none={TEXTS.noJournals}
          columns={[
            { words: TEXTS.day, isWord: true },
            { words: TEXTS.count },
            { words: TEXTS.sum },
            { words: TEXTS.file, isWord: true },
          ]}
          rows={answer.deliveries.map(one => ({
            name: `${one.number}`,
            cells: [
              <button
                key="day"
                type="button"
                class="link"
                aria-current={`${one.number}` === shown}
                onClick={() => choose({ number: `${one.number}` })}
              >
                {one.period}
              </button>,
              one.records === undefined ? '–' : countText(one.records),
              one.sum === undefined ? '–' : yenText(one.sum),
              one.file,
            ],
          }))}
        />
        <Lines number={shown} />
      </div>
    </div>
  )
}

function Lines({ number }: { number: string }) {
  const { answer, refusal } = useAnswer<Journal>(
    `/api/billing/journals/${encodeURIComponent(number)}`,
  )
  if (!answer) return refusal ? <Failure refusal={refusal} /> : <Waiting />
  const sum = (side: string) =>
    answer.lines.filter(line => line.side === side).reduce((all, { amount }) => all + amount, 0)
  const holds = sum('debit') === sum('credit')
  return (
    <SimpleTable
      title={TEXTS.of}
      none={TEXTS.nothingBooked}
      beside={
        <span class={holds ? 'by' : 'held'}>
          {say(holds ? TEXTS.balanced : TEXTS.unbalanced)}: {yenText(sum('debit'))}
        </span>
      }
      columns={[
        { words: TEXTS.kind, isWord: true },
        { words: TEXTS.account, isWord: true },
        { words: TEXTS.part, isWord: true },
        { words: TEXTS.debit },
        { words: TEXTS.credit },
      ]}
      rows={answer.lines.map((line, at) => ({
        name: `${at}`,
        cells: [
          say(ofWord(ENTRY_TEXTS, line.of)),
          `${line.account.code} ${line.account.name}`,
          line.part,
          line.side === 'debit' ? yenText(line.amount) : '',
          line.side === 'credit' ? yenText(line.amount) : '',
        ],
      }))}
    />
  )
}
