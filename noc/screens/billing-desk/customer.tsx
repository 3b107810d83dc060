import { yenText } from '../parts/amounts.js'
import { Fact } from '../parts/fact.js'
import { timeText } from '../parts/moment.js'
import { Empty, Failure, Waiting } from '../parts/notices.js'
import { SimpleTable } from '../parts/simple-table.js'
import { useAnswer } from '../parts/use-answer.js'
import { choose } from '../shell/address.js'
import { say } from '../shell/language.js'
import { AladinView } from './aladin.js'
import type { Contract, NumberAnswer } from './answers.js'
import { InvoiceView } from './invoice.js'
import { MonthPicture } from './month-picture.js'
import { ENTRY_TEXTS, HELD_TEXTS, ofWord, TEXTS } from './texts.js'

const NUMBER = /^0[789]0\d{8}$/
const SERIAL = /^[A-Z]{3}\d{9}$/

/** What is asked for by a text that somebody typed. */
const askedBy = (of: string): 'numbers' | 'cards' | 'contracts' =>
  NUMBER.test(of) ? 'numbers' : SERIAL.test(of) ? 'cards' : 'contracts'

/** A customer by number, contract or card: charges, balance and validity over the months, invoices (B-04). */
export function Customer({ of, month }: { of: string | null; month: string | null }) {
  if (!of) {
    return (
      <Empty title={TEXTS.askTitle}>
        <p>{say(TEXTS.askText)}</p>
      </Empty>
    )
  }
  return <Found of={of} month={month} key={of} />
}

function Found({ of, month }: { of: string; month: string | null }) {
  const by = askedBy(of)
  const { answer, refusal, again } = useAnswer<NumberAnswer | Contract>(
    `/api/billing/${by}/${encodeURIComponent(of)}`,
  )
  if (!answer) return refusal ? <Failure refusal={refusal} again={again} /> : <Waiting />
  const number = 'charges' in answer ? answer : undefined
  const contract = 'charges' in answer ? answer.contract : answer
  const party = contract?.contract ?? number?.msisdn ?? of
  return (
    <div class="whole" data-of={of}>
      <header class="heading">
        <h2>{number?.msisdn ?? contract?.contract}</h2>
        {by === 'cards' && <span class="by">{of}</span>}
      </header>
      {contract ? <OfContract contract={contract} /> : <p>{say(TEXTS.noContract)}</p>}
      {contract && <MonthPicture contract={contract} />}
      <div class="side-by-side">
        {number && <Charges of={number} />}
        {contract && <Months of={contract} />}
      </div>
      <InvoiceView party={party} month={month} />
      {contract && <Ledger of={contract} />}
      <AladinView by={by} of={of} />
    </div>
  )
}

const OfContract = ({ contract: of }: { contract: Contract }) => (
  <dl class="facts">
    <Fact words={TEXTS.balance}>
      <b class="balance">{yenText(of.balance)}</b>
    </Fact>
    <Fact words={TEXTS.validity}>
      {of.validity ? `${of.validity.start} – ${of.validity.end}` : '–'}
    </Fact>
    <Fact words={TEXTS.lastCharge}>
      {of.lastChargedAt === undefined ? '–' : timeText(of.lastChargedAt)}
    </Fact>
    <Fact words={TEXTS.contract}>{of.contract}</Fact>
    <Fact words={TEXTS.plan}>{of.plan}</Fact>
    <Fact words={TEXTS.class}>{of.contractClass}</Fact>
    <Fact words={TEXTS.numbers}>{of.numbers.map(({ msisdn }) => msisdn).join(', ')}</Fact>
    {of.cancelledAt !== undefined && (
      <Fact words={TEXTS.cancelled}>{timeText(of.cancelledAt)}</Fact>
    )}
  </dl>
)

const Charges = ({ of: { charges } }: { of: NumberAnswer }) => (
  <SimpleTable
    title={TEXTS.charges}
    none={TEXTS.noCharges}
    columns={[
      { words: TEXTS.at, isWord: true },
      { words: TEXTS.serial, isWord: true },
      { words: TEXTS.faceValue },
      { words: TEXTS.node, isWord: true },
      { words: TEXTS.state, isWord: true },
    ]}
    rows={charges.map(one => ({
      name: one.chargeId,
      cells: [
        timeText(one.chargedAt),
        one.serial,
        yenText(one.faceValue),
        one.node,
        one.held ? (
          <span class="held">{say(ofWord(HELD_TEXTS, one.held))}</span>
        ) : (
          say(TEXTS.credited)
        ),
      ],
    }))}
  />
)

const Months = ({ of: { applications } }: { of: Contract }) => (
  <SimpleTable
    title={TEXTS.months}
    none={TEXTS.noMonths}
    columns={[
      { words: TEXTS.month, isWord: true },
      { words: TEXTS.invoiced },
      { words: TEXTS.carriedIn },
      { words: TEXTS.registered },
      { words: TEXTS.applied },
      { words: TEXTS.lost },
      { words: TEXTS.carriedOut },
    ]}
    rows={applications.toReversed().map(one => ({
      name: one.month,
      cells: [
        <button
          key="month"
          type="button"
          class="link"
          aria-label={`${say(TEXTS.invoice)} ${one.month}`}
          onClick={() => choose({ month: one.month })}
        >
          {one.month}
        </button>,
        yenText(one.invoice),
        yenText(one.carriedIn),
        yenText(one.registered),
        yenText(one.applied),
        yenText(one.expired),
        yenText(one.carriedOut),
      ],
    }))}
  />
)

const Ledger = ({ of: { entries } }: { of: Contract }) => (
  <SimpleTable
    title={TEXTS.ledger}
    none={TEXTS.noCharges}
    columns={[
      { words: TEXTS.at, isWord: true },
      { words: TEXTS.kind, isWord: true },
      { words: TEXTS.month, isWord: true },
      { words: TEXTS.amount },
    ]}
    rows={entries.toReversed().map((one, at) => ({
      name: `${entries.length - at}`,
      cells: [
        timeText(one.occurredAt),
        say(ofWord(ENTRY_TEXTS, one.kind)),
        one.month,
        yenText(one.amount),
      ],
    }))}
  />
)
