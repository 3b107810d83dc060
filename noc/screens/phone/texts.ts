import type { ContractClass } from '../../../domain/contract-class.js'
import type { Text } from '../../traffic/columns.js'

export const TEXTS = {
  phone: { ja: '電話機', en: 'Phone' },
  from: { ja: 'かける電話機', en: 'Call from' },
  english: { ja: '英語の案内', en: 'guidance in English' },
  dial: { ja: 'ダイヤルする番号', en: 'Number to dial' },
  call: { ja: '発信', en: 'Call' },
  hangUp: { ja: '終了', en: 'Hang up' },
  keypad: { ja: 'ダイヤルボタン', en: 'Keypad' },
  ready: {
    ja: '1400 でチャージ、157 で残高照会。',
    en: '1400 charges a card, 157 tells the balance.',
  },
  dialling: { ja: '接続しています', en: 'Connecting' },
  early: { ja: '案内が流れています(通話料なし)', en: 'An announcement, free of charge' },
  talking: { ja: '通話中', en: 'In the call' },
  hung_up: { ja: '通話が終わりました', en: 'The call has ended' },
  refused: { ja: '網が接続しませんでした', en: 'The network did not connect the call' },
  unreachable: { ja: '交換機に接続できません', en: 'The switch cannot be reached' },
  hint: {
    ja: '案内を聞いて、カードの番号と # を押してください。キーボードの数字キーも使えます。マイクは使いません。',
    en: 'Listen, then key the number of a card and #. The digits of the keyboard work as well. No microphone is used.',
  },
  ladder: { ja: 'この呼のシーケンス', en: 'Sequence of this call' },
  caption: { ja: 'いまの案内', en: 'What guidance says now' },
  noGuidance: { ja: '案内を待っています。', en: 'Guidance has not spoken yet.' },
  callOver: { ja: 'この呼に案内は流れていません。', en: 'No guidance speaks in this call.' },
  toNow: { ja: '現在の呼で見る', en: 'See it among the calls' },
  lost: { ja: '切断されました。再接続しています', en: 'Disconnected. Reconnecting' },
  cards: { ja: 'お試しのカード', en: 'Demonstration cards' },
  scratchHint: {
    ja: '銀色の部分をこすると番号が現れます。',
    en: 'Scratch the silver to see the number.',
  },
  scratch: { ja: 'はがす', en: 'Scratch it off' },
  keyIt: { ja: 'この番号と # を押す', en: 'Key this number and #' },
  serial: { ja: 'シリアル番号', en: 'Serial' },
  hidden: { ja: 'まだ隠れています', en: 'still hidden' },
  noCards: {
    ja: '未使用のカードがありません。「mcscp cards issue」で作れます。',
    en: 'No card is left unused. Make some with «mcscp cards issue».',
  },
  yen: { ja: '円', en: 'yen' },
} as const satisfies Record<string, Text>

export const CLASS_NAMES: Readonly<Record<ContractClass, Text>> = {
  mobile: { ja: '携帯・自動車電話', en: 'mobile' },
  satellite: { ja: '衛星携帯・自動車電話', en: 'satellite' },
  pocket_dual: { ja: 'ポケットデュアル', en: 'Pocket Dual' },
  dotchimo: { ja: 'ドッチーモ', en: 'Dotchimo' },
  international: { ja: '国際電話サービス', en: 'international' },
  pricall: { ja: 'ぷりコール', en: 'Pricall' },
  charge_display: { ja: '度数表示(登録不可)', en: 'charge display (may not charge)' },
  ship: { ja: '船舶電話(登録不可)', en: 'ship (may not charge)' },
  aircraft: { ja: '航空機電話(登録不可)', en: 'aircraft (may not charge)' },
}
