import t from 'tap'
import { soakMedia, soakSignalling } from '../support/engine-soak.js'
import { LEFT_BYTES_OF_FEW } from '../support/soak.js'

t.setTimeout(300_000)

t.test('XF9: calls of every course leave nothing behind in the signalling engine', t =>
  soakSignalling(t, { warmUp: 300, calls: 300, times: 4, leftBytes: LEFT_BYTES_OF_FEW }),
)

t.test('XF9: calls with an event socket application leave nothing behind in the media engine', t =>
  soakMedia(t, { warmUp: 100, calls: 100, times: 4, leftBytes: LEFT_BYTES_OF_FEW }),
)
