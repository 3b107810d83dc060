import { language } from '../shell/language.js'

/** A whole number with separators: `1,234`. */
export const countText = (count: number): string => count.toLocaleString('en')

/** An amount as the language writes it: `1,234 円`, `1,234 yen`. */
export const yenText = (amount: number): string =>
  `${countText(amount)} ${language() === 'ja' ? '円' : 'yen'}`

/** Cards: `20 枚`, `20 cards`. */
export const cardsText = (cards: number): string =>
  language() === 'ja'
    ? `${countText(cards)} 枚`
    : `${countText(cards)} ${cards === 1 ? 'card' : 'cards'}`
