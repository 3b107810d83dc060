import type { Application } from '../channel/channel.js'
import type { ClipShelf } from '../playback/clip-shelf.js'
import { answer } from './answer.js'
import { echo } from './echo.js'
import { endlessPlayback } from './endless-playback.js'
import { flushDtmf } from './flush-dtmf.js'
import { hangup } from './hangup.js'
import { multiset } from './multiset.js'
import { park } from './park.js'
import { playAndGetDigits } from './play-and-get-digits.js'
import { playback } from './playback.js'
import { preAnswer } from './pre-answer.js'
import { quiet } from './quiet.js'
import { read } from './read.js'
import { record } from './record.js'
import { respond } from './respond.js'
import { ringReady } from './ring-ready.js'
import { sendDtmf } from './send-dtmf.js'
import { set } from './set.js'
import { sleep } from './sleep.js'
import { type SocketDialler, socket } from './socket.js'
import { startDtmf, stopDtmf } from './start-dtmf.js'
import { transfer } from './transfer.js'
import { unset } from './unset.js'

/** Every application there is, by the name that dialplans and event sockets use. */
export const applicationTable = (
  shelf: ClipShelf,
  dial: SocketDialler,
  /** Folder that callers may be recorded into; none where nothing may be recorded. */
  recordings?: string,
): ReadonlyMap<string, Application> =>
  // biome-ignore format: table
  new Map<string, Application>([
    ['answer',              answer],
    ['echo',                echo],
    ['endless_playback',    endlessPlayback(shelf)],
    ['eval',                quiet],
    ['export',              set],
    ['flush_dtmf',          flushDtmf],
    ['hangup',              hangup],
    ['info',                quiet],
    ['log',                 quiet],
    ['multiset',            multiset],
    ['park',                park],
    ['play_and_get_digits', playAndGetDigits(shelf)],
    ['playback',            playback(shelf)],
    ['pre_answer',          preAnswer],
    ['read',                read(shelf)],
    ['record',              record(recordings)],
    ['respond',             respond],
    ['ring_ready',          ringReady],
    ['send_dtmf',           sendDtmf],
    ['set',                 set],
    ['sleep',               sleep],
    ['socket',              socket(dial)],
    ['start_dtmf',          startDtmf],
    ['stop_dtmf',           stopDtmf],
    ['transfer',            transfer],
    ['unset',               unset],
  ])
