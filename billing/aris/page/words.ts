/** Languages of the page; the first is that of who chose none. */
export const LANGUAGES = ['ja', 'en'] as const

export type Language = (typeof LANGUAGES)[number]

/** What the page says. `{…}` stands for a value. */
export const WORDS = {
  ja: {
    title: 'モバイラーズチェック照会',
    number: '電話番号',
    sendCode: '確認番号を送る',
    sent: 'この番号のご契約があれば、6けたの確認番号をSMSでお送りしました。5分間有効です。',
    code: '確認番号',
    show: '照会する',
    wrong: '確認番号が違うか、期限が切れています。',
    locked:
      '確認番号を10回間違えたため、この番号の照会を休止しています。あと{minutes}分で再開します。',
    notANumber: '電話番号を、090、080、070から始まる11けたで入力してください。',
    unreachable: 'ただいまSMSをお送りできないため、照会できません。157にお電話ください。',
    unknown: 'この番号のご契約が見つかりません。',
    over: '時間が過ぎたため終了しました。もう一度、電話番号からお願いします。',
    phone: 'お試しの網です。電話機に届いたSMS',
    balance: 'チャージ残高',
    next: '次回請求への適用予定額',
    validUntil: '有効期限',
    none: 'なし',
    asOf: '{day}までのチャージを反映しています。それより後の登録は157でご確認ください。',
    charges: 'チャージ履歴',
    day: '日',
    amount: '金額',
    invoices: '請求への適用',
    month: 'ご利用月',
    applied: '適用額',
    carried: '繰越額',
    noCharges: 'チャージはまだありません。',
    noInvoices: '適用はまだありません。',
    leave: '終了',
    back: '電話番号の入力にもどる',
    asText: '文字だけ',
    yen: '{amount}円',
    message: '[mcscp] 確認番号 {code}（5分間有効）。この番号は誰にも知らせないでください。',
  },
  en: {
    title: 'Mobilers Check enquiry',
    number: 'Phone number',
    sendCode: 'Send a code',
    sent: 'If this number has a contract, a code of 6 digits was sent to it by SMS. It is valid for 5 minutes.',
    code: 'Code',
    show: 'Show',
    wrong: 'The code is wrong, or its time is over.',
    locked:
      'Ten codes were wrong, so this number cannot be asked for now. It can again in {minutes} minutes.',
    notANumber: 'Enter the phone number: 11 digits that begin with 090, 080 or 070.',
    unreachable: 'No SMS can be sent now. Please call 157.',
    unknown: 'No contract has this number.',
    over: 'The time is over. Please begin again with the phone number.',
    phone: 'This network is a simulation. The phone received',
    balance: 'Balance',
    next: 'To be applied to the next invoice',
    validUntil: 'Valid until',
    none: 'none',
    asOf: 'Charges up to {day} are in it. Call 157 for what was registered since.',
    charges: 'Charges',
    day: 'Day',
    amount: 'Amount',
    invoices: 'Applied to invoices',
    month: 'Month of use',
    applied: 'Applied',
    carried: 'Carried over',
    noCharges: 'There are no charges yet.',
    noInvoices: 'Nothing has been applied yet.',
    leave: 'End',
    back: 'Back to the phone number',
    asText: 'As text',
    yen: '{amount} yen',
    message: '[mcscp] Your code is {code}. It is valid for 5 minutes. Tell it to nobody.',
  },
} as const

/** A text of the page. */
export type Word = keyof (typeof WORDS)[Language]

/** A text with its values put in. */
export function say(language: Language, word: Word, values: Readonly<Record<string, string>> = {}) {
  const text: string = WORDS[language][word]
  return text.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '')
}
