import { PIN_LENGTH_MAX, PIN_LENGTH_MIN } from '../domain/card.js'
import type { Language } from '../domain/charge-answer.js'
import { CLIPS_FOLDER } from '../guidance-audio/clips-folder.js'
import {
  folderPath,
  ipAddress,
  nodeOf,
  oneOf,
  onOff,
  portNumber,
  type SettingValues,
  setting,
  wholeNumberBetween,
} from '../platform/settings.js'
import { isPlayableFolder } from './clip-prompt.js'

const LANGUAGES = ['ja', 'en'] as const satisfies readonly Language[]

/** A time limit in ms, up to 10 minutes. */
const ms = (name: `MCSCP_IVR_${string}`, standard: number, about: string, source: string) =>
  setting(name, wholeNumberBetween(1, 600_000), {
    default: `${standard}`,
    unit: 'ms',
    about,
    source,
  })

const CALLER = 'requirements §4'

/** The settings of ivr (MCSCP-S). */
export const ivrSettings = {
  node: setting('MCSCP_IVR_NODE', nodeOf('ivr'), {
    default: 'ivr',
    about: 'name of this node; each of several in a home has its own, and its own port',
    source: 'seed 004 §3.3, requirement M-04',
    only: 'environment',
  }),
  address: setting('MCSCP_IVR_ADDRESS', ipAddress, {
    default: '127.0.0.1',
    about: 'address at which ivr waits for the calls of the media engine',
  }),
  port: setting('MCSCP_IVR_PORT', portNumber, {
    default: '8084',
    about: 'port at which ivr waits for the calls of the media engine (event socket, outbound)',
  }),
  clipFolder: setting(
    'MCSCP_IVR_CLIP_FOLDER',
    folderPath.refine(isPlayableFolder, "must not contain ' ! $ \\ or a line end").describe('path'),
    { default: CLIPS_FOLDER, about: 'folder of the guidance clips, as the media engine sees it' },
  ),
  callsMax: setting('MCSCP_IVR_CALLS_MAX', wholeNumberBetween(1, 100_000), {
    default: '1000',
    unit: 'calls',
    about: 'most calls at once; one more is ended before it is answered',
    source: CALLER,
  }),
  language: setting('MCSCP_IVR_LANGUAGE', oneOf(LANGUAGES), {
    default: 'ja',
    about: "language in which callers are greeted where the subscriber's is not known",
    source: CALLER,
  }),
  offerLanguage: setting('MCSCP_IVR_OFFER_LANGUAGE', onOff, {
    default: 'on',
    about: 'whether 9 during the welcome chooses the other language',
    source: CALLER,
  }),
  pinLength: setting('MCSCP_IVR_PIN_LENGTH', wholeNumberBetween(PIN_LENGTH_MIN, PIN_LENGTH_MAX), {
    default: '14',
    unit: 'digits',
    about: 'the usual length of a card number, which the guidance names; others end by #',
    source: 'requirements §7.11',
  }),
  tries: setting('MCSCP_IVR_TRIES', wholeNumberBetween(1, 9), {
    default: '3',
    about: 'most wrong numbers a call; and, apart, most silences and wrong formats',
    source: CALLER,
  }),
  cardsPerCall: setting('MCSCP_IVR_CARDS_PER_CALL', wholeNumberBetween(1, 20), {
    default: '10',
    unit: 'cards',
    about: 'most cards a call',
    source: CALLER,
  }),
  sayRoomLeft: setting('MCSCP_IVR_SAY_ROOM_LEFT', onOff, {
    default: 'off',
    about: 'whether a success tells what may still be registered this month',
    source: CALLER,
  }),
  sayTriesLeft: setting('MCSCP_IVR_SAY_TRIES_LEFT', onOff, {
    default: 'off',
    about: 'whether a refusal tells how many tries are left, from two on',
    source: CALLER,
  }),
  firstDigitWaitMs: ms(
    'MCSCP_IVR_FIRST_DIGIT_WAIT',
    10_000,
    'longest silence before the first digit, from the end of the prompt',
    CALLER,
  ),
  interDigitWaitMs: ms(
    'MCSCP_IVR_INTER_DIGIT_WAIT',
    5_000,
    'longest silence between two digits',
    CALLER,
  ),
  acceptWaitMs: ms(
    'MCSCP_IVR_ACCEPT_WAIT',
    1_500,
    'silence that ends a number of the usual length; a media engine may wait 1 s at least',
    CALLER,
  ),
  numberTimeMs: ms(
    'MCSCP_IVR_NUMBER_TIME',
    60_000,
    'longest time from the first digit of a number to its end',
    CALLER,
  ),
  welcomeWaitMs: ms(
    'MCSCP_IVR_WELCOME_WAIT',
    1_000,
    'pause after the welcome, before the number is asked for',
    CALLER,
  ),
  languageWaitMs: ms(
    'MCSCP_IVR_LANGUAGE_WAIT',
    1_500,
    'silence after a 9 that makes it the choice of a language and not a digit',
    CALLER,
  ),
  nextCardWaitMs: ms(
    'MCSCP_IVR_NEXT_CARD_WAIT',
    5_000,
    'longest silence after the question for another card',
    CALLER,
  ),
  repeatWaitMs: ms(
    'MCSCP_IVR_REPEAT_WAIT',
    5_000,
    'longest silence after 157 has told all, in which 1 asks for it again',
    CALLER,
  ),
  comfortAfterMs: ms(
    'MCSCP_IVR_COMFORT_AFTER',
    1_500,
    'validation that takes longer is not left silent',
    CALLER,
  ),
  callTimeMs: ms(
    'MCSCP_IVR_CALL_TIME',
    270_000,
    'after so much of a call nothing more is asked; scp ends it at 5 minutes',
    CALLER,
  ),
  permissionForMs: ms(
    'MCSCP_IVR_PERMISSION_TIME',
    3_000,
    'scp is asked for lock and cap for so long',
    CALLER,
  ),
  balanceForMs: ms(
    'MCSCP_IVR_BALANCE_TIME',
    4_000,
    'scp is asked for so long what 157 tells',
    CALLER,
  ),
  enquiryForMs: ms(
    'MCSCP_IVR_ENQUIRY_TIME',
    3_000,
    'aris is asked for so long; then 157 tells what scp knows alone',
    'requirement A-05',
  ),
  chargeForMs: ms(
    'MCSCP_IVR_CHARGE_TIME',
    8_000,
    'an entry is tried for so long, always under the same number',
    'architecture, point 4',
  ),
  concludeForMs: ms(
    'MCSCP_IVR_CONCLUDE_TIME',
    2_000,
    'after that, what became of the entry is asked for so long',
    'architecture, point 4',
  ),
  attemptMs: ms(
    'MCSCP_IVR_ATTEMPT_TIME',
    2_500,
    'longest wait for one answer of scp; its store may be busy for 2 s',
    'fault test XF8',
  ),
  pauseMs: ms('MCSCP_IVR_RETRY_PAUSE', 100, 'pause before scp is asked again, doubled', CALLER),
  pauseMaxMs: ms('MCSCP_IVR_RETRY_PAUSE_MAX', 1_000, 'longest such pause', CALLER),
  drainMs: ms(
    'MCSCP_IVR_DRAIN_TIME',
    10_000,
    'longest time that calls in progress have to end in order when ivr ends',
    'architecture, point 10',
  ),
}

export type IvrConfig = SettingValues<typeof ivrSettings>
