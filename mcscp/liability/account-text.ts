import type { Yen } from '../../domain/yen.js'
import { textTable } from '../../platform/text-table.js'
import type { CardAccount, CardSum } from './liability.js'

/** The account as a table for a terminal, what something became below it. */
export function accountText({ on, cards, billing, difference, ...of }: CardAccount): string {
  const counted = (title: string, { cards: count, sum }: CardSum) => [
    title,
    grouped(count),
    grouped(sum),
  ]
  const amount = (title: string, sum: Yen) => [title, '', grouped(sum)]
  const rows = [
    ['', '枚 cards', '円 yen'],
    counted('発行 issued', cards.issued),
    counted('損紙 spoiled', cards.spoiled),
    counted('納品 delivered', cards.delivered),
    counted('有効化 activated', cards.activated),
    counted('  払戻 refunded', cards.refunded),
    counted('  無効 void', cards.voided),
    counted('  期限切れ expired cards', cards.expired),
    counted('  残高 outstanding cards', cards.outstanding),
    counted('  登録 charged', cards.charged),
    amount('    プリコール Pricall: units', of.pricall),
    amount('    追加シナリオ added scenarios', of.added),
    amount('    モバイラーズ Mobilers', of.mobilers),
    amount('      転送中 on the way to billing', of.onTheWay),
    amount('      エラー管理 in the error bin', billing.held),
    amount('      元帳 credited to contracts', billing.credited),
    amount('        適用 applied to invoices', billing.applied),
    amount('        失効 expired at contracts', billing.expired),
    amount('        解約 forfeited at cancellation', billing.forfeited),
    amount('        残高 balance of contracts', billing.balance),
  ]
  const outcome = difference
    ? [`不一致: ${difference.ja}`, `IT DOES NOT BALANCE: ${difference.en}`]
    : ['1円まで一致しました · it balances, to the yen']
  return [`カード債務 · card liability at the end of ${on}`, ...textTable(rows), ...outcome].join(
    '\n',
  )
}

const grouped = (amount: number): string => amount.toLocaleString('en')
