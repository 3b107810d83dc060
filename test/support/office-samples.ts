import type { Json } from '../../domain/canonical-json.js'
import { phone } from './scp-values.js'

/** More cards than one person may do anything to alone. */
const range = { firstSerial: 'MCA000000001', lastSerial: 'MCA009000000' }

/**
 * Of each act a payload of its form, and where it may need a second person, one that does. Every act stands
 * here (fault test XW7).
 */
export const SAMPLES: Readonly<Record<string, Json>> = {
  unlock_handset: { msisdn: phone(1) },
  unlock_handsets: { msisdns: [phone(1), phone(2)] },
  unlock_card: { serial: 'MCA000000001' },
  unlock_cards: { serials: ['MCA000000001', 'MCA000000002'] },
  end_brake: {},
  stop_service: { service: 'mobilers' },
  start_service: { service: 'mobilers' },
  switch_service: { service: 'mobilers', media: '127.0.0.1:5090' },
  replace_table: {
    table: 'denominations',
    file: 'prices.csv',
    text: 'face_value_yen,design\n1000,\n',
    over: 0,
  },
  roll_back_table: { table: 'denominations' },
  call_off_table: { table: 'denominations' },
  plan_batch: { count: 10, faceValue: 1_000, design: 'blue', distributor: 'shop' },
  generate_batch: { batch: 1, recipient: `age1${'q'.repeat(58)}` },
  import_cards: { batch: 1, file: 'maker-0001.csv', sha256: 'ab'.repeat(32) },
  take_print_file: { batch: 1, file: 'batch-000001-0001.csv.age' },
  export_batch: { batch: 1, handedTo: 'the card maker' },
  spoil_cards: range,
  deliver_cards: range,
  activate_cards: range,
  freeze_cards: range,
  unfreeze_cards: range,
  void_cards: range,
  refund_cards: range,
  extend_cards: { ...range, usableThrough: '2009-12-31' },
  freeze_batch: { batch: 1 },
  unfreeze_batch: { batch: 1 },
  rotate_pin_key: { wrap: true },
}

/** The payload of an act. */
export function sampleOf(act: string): Json {
  const sample = SAMPLES[act]
  if (sample === undefined) throw new RangeError(`test/support/office-samples.ts lacks ${act}`)
  return sample
}
