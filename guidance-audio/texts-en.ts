import type { ValuesIn } from './slots.js'
import type { textsJa } from './texts-ja.js'

type Ja = typeof textsJa

type Same<A, B> = [A, B] extends [B, A] ? true : false

/** Holds the English texts to the ids of the Japanese ones and to the same values in each. */
const sameValuesAsJa = <const Texts extends Record<keyof Ja, string>>(
  texts: {
    [Id in keyof Texts]: Id extends keyof Ja
      ? Same<ValuesIn<Texts[Id]>, ValuesIn<Ja[Id]['text']>> extends true
        ? Texts[Id]
        : never
      : never
  },
) => texts

/**
 * Everything that an English caller hears. A missing text, a text too many, or a value that the Japanese
 * one does not carry does not compile. Numbers that are keys or services are spelt as they are said.
 */
export const textsEn = sameValuesAsJa({
  // The charge dialogue, 1400.
  welcome: 'Welcome to card registration.',
  'language-hint': 'For English, press nine.',
  'enter-number':
    'Please enter the {length:digits} number on the back of the card, then press the pound key.',
  'enter-number-short': 'Please enter the card number, then press the pound key.',
  'enter-number-hint': 'If you make a mistake, press the star key to start again.',
  'enter-number-where': 'The number is under the silver layer on the back of the card.',
  'too-few-digits': 'There are too few digits.',
  'too-many-digits': 'There are too many digits.',
  'no-input': 'We did not receive a number.',
  'tries-over': 'Please have your card ready, and call again.',
  'card-refused': 'This card number cannot be registered. Please check the number.',
  'tries-left': 'You have {tries:tries} left.',
  locked: 'Cards cannot be registered from your telephone.',
  'month-cap-reached':
    'You can register up to {cap:yen} a month. No more cards can be registered this month. Please call again next month.',
  'over-month-cap':
    'This card would exceed the limit for this month, so it cannot be registered. You can register up to {remaining:yen} more this month. The card has not been used.',
  'one-moment': 'One moment, please.',
  'charge-succeeded': '{amount:yen} has been registered. Your total for this month is {total:yen}.',
  'charge-succeeded-pricall': '{added:units} have been added.',
  'room-left': 'You can register up to {remaining:yen} more this month.',
  'card-already-yours':
    'This card is already registered to your telephone number. Its value was {amount:yen}.',
  'next-card': 'To register another card, press one. To finish, press two.',
  'cards-per-call': 'You can register up to {cards:cards} in one call.',
  goodbye: 'Thank you for calling.',
  'outcome-unknown':
    'We could not confirm the result. Please wait a little, then call one five seven to check.',
  'try-again-later': 'We cannot register cards at the moment. Please call again later.',
  'card-not-used': 'The card has not been used.',
  'call-time-over': 'The time for this call is over. The call will now end.',

  // The balance dialogue, 157.
  'balance-welcome': 'Here is the amount you have registered.',
  'balance-month': 'Your total for this month is {amount:yen}.',
  'balance-none': 'You have no registered cards.',
  'balance-as-of': 'As of {day:day}, your billing figures are as follows.',
  'balance-next-bill': 'The amount to be applied to your next bill is {amount:yen}.',
  'balance-unconfirmed': 'In addition, {amount:yen} is registered but not yet confirmed.',
  'balance-valid-until': 'You can use the registered amount until {last:date}, inclusive.',
  'balance-last-charge': 'Your last registration was on {at:moment}, for {amount:yen}.',
  'balance-locked': 'Registration from your telephone is currently blocked.',
  'balance-bill-unavailable':
    'Your billing figures are not available at the moment. Please call again later.',
  'balance-unavailable':
    'Your registered amount is not available at the moment. Please call again later.',
  'balance-repeat': 'To hear this again, press one.',
  'pricall-units-left': 'You have {left:units} left.',
  'pricall-units-unavailable':
    'Your remaining units are not available at the moment. Please call again later.',
  'pricall-units-over': 'You have no units left. The call will now end.',

  // Announcements of the switch.
  'announcement-not-permitted': 'Card registration is not available under your contract.',
  'announcement-service-stopped':
    'Card registration is not available at the moment. Please call again later.',
  'announcement-before-service-start': 'Card registration has not started yet.',
  'announcement-congestion': 'All lines are busy at the moment. Please call again later.',
  'announcement-no-identity':
    'We cannot connect your call, because your telephone number could not be confirmed.',
  'announcement-unknown-number':
    'The number you have dialed is not in use. Please check the number, and call again.',
  'announcement-not-registered': 'The telephone you have called is switched off, or out of range.',
  'announcement-no-units':
    'You have no units left, so your call cannot be connected. Please register a card, and call again.',
})
