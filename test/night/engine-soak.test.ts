import t from 'tap'
import { soakMedia, soakSignalling } from '../support/engine-soak.js'
import { LEFT_BYTES } from '../support/soak.js'

t.setTimeout(45 * 60 * 1_000)

t.test('XF9: 20,000 calls through the signalling engine leave less than 1 MB for 10,000', t =>
  soakSignalling(t, { warmUp: 2_000, calls: 20_000, times: 1, leftBytes: LEFT_BYTES }),
)

t.test('XF9: 20,000 calls through the media engine leave less than 1 MB for 10,000', t =>
  soakMedia(t, { warmUp: 1_000, calls: 20_000, times: 1, leftBytes: LEFT_BYTES }),
)
