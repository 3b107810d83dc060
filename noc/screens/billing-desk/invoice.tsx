import { countText, yenText } from '../parts/amounts.js'
import { Fact } from '../parts/fact.js'
import { Failure, Waiting } from '../parts/notices.js'
import { SimpleTable } from '../parts/simple-table.js'
import { useAnswer } from '../parts/use-answer.js'
import { choose } from '../shell/address.js'
import { say } from '../shell/language.js'
import type { Invoice } from './answers.js'
import { INVOICE_STATE_TEXTS, ofWord, TEXTS } from './texts.js'

/** The invoice of a month of use, with its PDF. */
export const InvoiceView = ({ party, month }: { party: string; month: string | null }) => (
  <div class="part invoice">
    <label class="field">
      <span class="name">{say(TEXTS.invoiceOf)}</span>
      <input
        name="month"
        type="month"
        value={month ?? ''}
        onChange={({ currentTarget }) => choose({ month: currentTarget.value || undefined })}
      />
    </label>
    {month && <OfMonth party={party} month={month} />}
  </div>
)

function OfMonth({ party, month }: { party: string; month: string }) {
  const of = encodeURIComponent(party)
  const { answer, refusal } = useAnswer<Invoice>(`/api/billing/months/${month}/invoices/${of}`)
  if (!answer) return refusal ? <Failure refusal={refusal} /> : <Waiting />
  const pdf = (language: string) =>
    `/api/billing/months/${month}/bills/${of}.pdf?language=${language}`
  return (
    <>
      <dl class="facts" data-invoice={answer.number}>
        <Fact words={TEXTS.invoice}>{answer.number}</Fact>
        <Fact words={TEXTS.state}>
          {say(answer.final ? TEXTS.final : TEXTS.preliminary)}{' '}
          <span class="by">{say(ofWord(INVOICE_STATE_TEXTS, answer.state))}</span>
        </Fact>
        <Fact words={TEXTS.net}>{yenText(answer.net)}</Fact>
        <Fact words={TEXTS.tax}>{yenText(answer.tax)}</Fact>
        <Fact words={TEXTS.gross}>{yenText(answer.gross)}</Fact>
        <Fact words={TEXTS.applied}>{yenText(answer.due - answer.gross)}</Fact>
        <Fact words={TEXTS.due}>
          <b class="balance">{yenText(answer.due)}</b>
        </Fact>
      </dl>
      <div class="links">
        <a class="button" href={pdf('ja')} download>
          {say(TEXTS.pdfJa)}
        </a>
        <a class="button" href={pdf('en')} download>
          {say(TEXTS.pdfEn)}
        </a>
      </div>
      <SimpleTable
        title={TEXTS.invoice}
        none={TEXTS.noInvoice}
        columns={[
          { words: TEXTS.item, isWord: true },
          { words: TEXTS.quantity },
          { words: TEXTS.amount },
          { words: TEXTS.tax },
        ]}
        rows={answer.lines.map((line, at) => ({
          name: `${at} ${line.item}`,
          cells: [
            line.name,
            countText(line.quantity),
            yenText(line.amount),
            `${line.taxPercent} %`,
          ],
        }))}
      />
    </>
  )
}
