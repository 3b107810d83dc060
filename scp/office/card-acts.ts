import { PIN_LENGTH_DEFAULT, PIN_LENGTH_MAX, type SerialNumber } from '../../domain/card.js'
import type { EpochMs } from '../../domain/clock.js'
import { nextJstDay, parseJstDay, startOfJstDay } from '../../domain/jst.js'
import type { Role } from '../../domain/role.js'
import { yen } from '../../domain/yen.js'
import { Fault } from '../../platform/fault.js'
import { type Static, Type } from '../../platform/schema.js'
import { isAgeRecipient } from '../rules/age-recipient.js'
import { saleMistake } from '../rules/denominations.js'
import { pinLengthMistake } from '../rules/pin-strength.js'
import type { DoneToCards, RangeAct } from '../store/card-acts.js'
import type { Doing } from '../store/card-events.js'
import { serialKey } from '../store/keys.js'
import { type Act, type ActContext, act, type OfficePolicy, type Performed } from './act.js'

/** Most cards of one batch; a series numbers a hundred times as many. */
export const BATCH_MAX = 10_000_000

/** A word or two that stand on cards or lists; no comma, so that it fits into a print file. */
const words = Type.String({ pattern: '^[^",\\u0000-\\u001f]{0,60}$' })

const day = Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' })

const batch = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })

const serial = Type.Unsafe<SerialNumber>(Type.String({ pattern: '^[A-Z]{3}[0-9]{9}$' }))

const closed = { additionalProperties: false } as const

const range = Type.Object({ firstSerial: serial, lastSerial: serial }, closed)

const oneBatch = Type.Object({ batch }, closed)

const plan = Type.Object(
  {
    count: Type.Integer({ minimum: 1, maximum: BATCH_MAX }),
    faceValue: Type.Integer({ minimum: 1, maximum: 9_999_999 }),
    /** Too short a length is let in here and refused with the figures (fault test XP3). */
    pinLength: Type.Integer({ minimum: 1, maximum: PIN_LENGTH_MAX, default: PIN_LENGTH_DEFAULT }),
    design: words,
    distributor: words,
    /** Last day of Japan on which the cards can be used; absent: they never expire. */
    usableThrough: Type.Optional(day),
    /** Cards that another maker has made: the first of their serial numbers. */
    firstSerial: Type.Optional(serial),
  },
  closed,
)

const generation = Type.Object(
  { batch, recipient: Type.String({ pattern: '^age1[0-9a-z]{58}$' }) },
  closed,
)

const importing = Type.Object(
  {
    batch,
    file: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$' }),
    /** Of the file as it lies there. */
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  },
  closed,
)

const handing = Type.Object(
  { batch, handedTo: Type.String({ pattern: '^[^\\u0000-\\u001f]{1,100}$' }) },
  closed,
)

const taking = Type.Object(
  { batch, file: Type.String({ pattern: '^batch-[0-9]{6,16}-[0-9]{4}\\.csv\\.age$' }) },
  closed,
)

const extension = Type.Object(
  { firstSerial: serial, lastSerial: serial, usableThrough: day },
  closed,
)

/** Plans a batch: serial numbers are given to it, and nothing else is made yet. */
export const planBatch = act({
  name: 'plan_batch',
  by: ['card-issuer'],
  approvedBy: [],
  schema: plan,
  needsApproval: () => false,
  subject: () => 'a new batch',
  describe: ({ count, faceValue, firstSerial }: Static<typeof plan>) =>
    `plan ${count} cards of ${faceValue} yen` +
    (firstSerial === undefined ? '' : `, another maker's from ${firstSerial} on`),
  perform: ({ batches, tables }, payload, context) => {
    const { faceValue, pinLength, usableThrough, firstSerial: given, ...rest } = payload
    const denominations = tables.at('denominations', context.at)
    const mistake =
      saleMistake(denominations, faceValue, rest.design) ?? pinLengthMistake(pinLength)
    if (mistake) throw refused(mistake)
    const expiresAt = usableThrough === undefined ? undefined : endOf(usableThrough, context.at)
    const terms = { ...rest, pinLength, expiresAt, faceValue: yen(faceValue) }
    const planned =
      given === undefined
        ? ({ ...terms, kind: 'commercial' } as const)
        : ({ ...terms, kind: 'imported', firstSerial: given } as const)
    const made = batches.plan(planned, context.at, doing(context))
    const { batch, firstSerial, lastSerial } = made
    return {
      result: { batch, firstSerial, lastSerial },
      before: null,
      after: { ...payload, batch, firstSerial, lastSerial, state: 'planned' },
      subject: `batch ${batch}, ${firstSerial} to ${lastSerial}`,
    }
  },
})

/**
 * Lets a batch be generated: PINs are drawn and go into print files that only the card maker can read. Whose
 * key that is stands in what a second person approves.
 */
export const generateBatch = act({
  name: 'generate_batch',
  by: ['card-issuer'],
  approvedBy: ['supervisor'],
  schema: generation,
  needsApproval: () => true,
  subject: ({ batch }: Static<typeof generation>) => `batch ${batch}`,
  describe: ({ batch, recipient }) =>
    `generate batch ${batch}, print files for the card maker's key ${recipient}`,
  perform: ({ batches, cards }, { batch, recipient }, context) => {
    if (!isAgeRecipient(recipient))
      throw refused(`${recipient} is not the public key of a card maker.`)
    const { state, kind, recipient: before, count } = batches.get(batch)
    if (kind !== 'commercial' || state !== 'planned' || before !== undefined) {
      const where = before === undefined ? state : 'being generated'
      throw refused(`Batch ${batch}, ${kind}, is ${where}: it cannot be generated.`)
    }
    cards.beginGeneration(batch, recipient, context.at, doing(context))
    return {
      result: { batch, count },
      before: { state: 'planned' },
      after: { state: 'being generated', recipient },
    }
  },
})

/**
 * Takes another maker's cards in as the batch that was planned for them. What a second person approves is the file,
 * by its SHA-256: another one is not taken in. Who holds the file cannot activate its cards.
 */
export const importCards = act({
  name: 'import_cards',
  by: ['key-custodian'],
  approvedBy: ['supervisor'],
  schema: importing,
  needsApproval: () => true,
  subject: ({ batch }: Static<typeof importing>) => `batch ${batch}`,
  describe: ({ batch, file, sha256 }) =>
    `import the cards of ${file}, SHA-256 ${sha256}, as batch ${batch}`,
  perform: ({ cards }, { batch, file, sha256 }, context) => {
    const name = { file, sha256: Buffer.from(sha256, 'hex') }
    cards.beginImport(batch, name, context.at, doing(context))
    return {
      result: { batch, file },
      before: { state: 'planned' },
      after: { state: 'being imported', file, sha256 },
    }
  },
})

/** Records that a batch's print files were handed over to the card maker. */
export const exportBatch = act({
  name: 'export_batch',
  by: ['key-custodian'],
  approvedBy: ['supervisor'],
  schema: handing,
  needsApproval: () => true,
  subject: ({ batch }: Static<typeof handing>) => `batch ${batch}`,
  describe: ({ batch, handedTo }) => `hand the print files of batch ${batch} over to ${handedTo}`,
  perform: ({ cards }, { batch, handedTo }, context) => {
    const done = cards.exportBatch(batch, context.at, doing(context))
    return { ...performed(done), after: { state: 'exported', handedTo } }
  },
})

/**
 * Notes that a print file was taken by the screens: encrypted, and only once a second person approved that the batch is
 * handed over (fault test XW7). What is taken is told by a route of its own.
 */
export const takePrintFile = act({
  name: 'take_print_file',
  by: ['key-custodian'],
  approvedBy: [],
  schema: taking,
  needsApproval: () => false,
  subject: ({ batch }: Static<typeof taking>) => `batch ${batch}`,
  describe: ({ file }) => `take the print file ${file}`,
  perform: ({ batches }, { batch, file }) => {
    const { state } = batches.get(batch)
    if (state === 'planned' || state === 'generated' || state === 'frozen') {
      throw refused(`Batch ${batch} is ${state}: its print files are not handed over.`)
    }
    return { result: { batch, file }, before: null, after: { file } }
  },
})

/** Who may do an act on a range of cards. */
interface RangeRule {
  readonly name: string
  readonly act: Exclude<RangeAct, 'extend'>
  readonly by: readonly Role[]
  /** Empty where nobody needs to. */
  readonly approvedBy: readonly Role[]
  /** Most cards that one person may do it to within 24 hours; absent: none where somebody approves. */
  readonly alone?: (policy: OfficePolicy) => number
}

// Who works on print files, the key custodian, is in no row that makes cards worth something.
const RULES: readonly RangeRule[] = [
  { name: 'spoil_cards', act: 'spoil', by: ['key-custodian', 'card-issuer'], approvedBy: [] },
  { name: 'deliver_cards', act: 'deliver', by: ['card-issuer'], approvedBy: [] },
  {
    ...{ name: 'activate_cards', act: 'activate', by: ['card-issuer'], approvedBy: ['supervisor'] },
    alone: ({ activateAlone }) => activateAlone,
  },
  {
    name: 'freeze_cards',
    act: 'freeze',
    by: ['operator', 'supervisor', 'card-issuer'],
    approvedBy: [],
  },
  {
    name: 'unfreeze_cards',
    act: 'unfreeze',
    by: ['operator', 'card-issuer'],
    approvedBy: ['supervisor'],
  },
  { name: 'void_cards', act: 'void', by: ['card-issuer'], approvedBy: ['supervisor'] },
  {
    name: 'refund_cards',
    act: 'refund',
    by: ['operator', 'card-issuer'],
    approvedBy: ['supervisor'],
  },
]

const rangeAct = ({ name, act: done, by, approvedBy, alone }: RangeRule) =>
  act({
    name,
    by,
    approvedBy,
    schema: range,
    needsApproval: (asked: Static<typeof range>, policy, doneAlone) =>
      approvedBy.length > 0 && (alone === undefined || countOf(asked) + doneAlone > alone(policy)),
    ...(alone && { doneAlone: ({ cards }, person, at) => cards.doneAlone(done, person, at) }),
    subject: named,
    describe: asked => `${done} the cards ${named(asked)}`,
    perform: ({ cards }, { firstSerial: first, lastSerial: last }, context) =>
      performed(cards.toRange({ act: done, first, last }, context.at, doing(context))),
  })

/** Puts the expiry of cards off, once. */
export const extendCards = act({
  name: 'extend_cards',
  by: ['operator', 'card-issuer'],
  approvedBy: ['supervisor'],
  schema: extension,
  needsApproval: () => true,
  subject: ({ firstSerial, lastSerial }: Static<typeof extension>) =>
    named({ firstSerial, lastSerial }),
  describe: ({ usableThrough, ...asked }) =>
    `let the cards ${named(asked)} be used through ${usableThrough}`,
  perform: ({ cards }, { firstSerial: first, lastSerial: last, usableThrough }, context) => {
    const until = endOf(usableThrough, context.at)
    const asked = { act: 'extend', first, last, until } as const
    return performed(cards.toRange(asked, context.at, doing(context)))
  },
})

/** Freezes a whole batch, whatever its cards are, or lets it go on. */
const batchSwitch = (
  done: 'freeze' | 'unfreeze',
  by: readonly Role[],
  approvedBy: readonly Role[],
) =>
  act({
    name: `${done}_batch`,
    by,
    approvedBy,
    schema: oneBatch,
    needsApproval: () => approvedBy.length > 0,
    subject: ({ batch }: Static<typeof oneBatch>) => `batch ${batch}`,
    describe: ({ batch }) => `${done} batch ${batch}`,
    perform: ({ batches, cards }, { batch }, context) => {
      const before = { state: batches.get(batch).state }
      cards.freezeBatch(batch, done, context.at, doing(context))
      const after = { state: batches.get(batch).state }
      return { result: { batch, ...after }, before, after }
    },
  })

/** Everything that the office may do to cards. */
export const CARD_ACTS: readonly Act[] = [
  planBatch,
  generateBatch,
  importCards,
  exportBatch,
  takePrintFile,
  ...RULES.map(rangeAct),
  extendCards,
  batchSwitch('freeze', ['operator', 'supervisor', 'card-issuer'], []),
  batchSwitch('unfreeze', ['operator', 'card-issuer'], ['supervisor']),
]

const countOf = ({ firstSerial, lastSerial }: Static<typeof range>): number =>
  serialKey(lastSerial) - serialKey(firstSerial) + 1

function named({ firstSerial, lastSerial }: Static<typeof range>): string {
  return firstSerial === lastSerial ? firstSerial : `${firstSerial} to ${lastSerial}`
}

/** The first moment after a day, which must not be over. */
function endOf(text: string, at: EpochMs): EpochMs {
  const parsed = parseJstDay(text)
  if (!parsed) throw refused(`${text} is not a day of the calendar.`)
  const end = startOfJstDay(nextJstDay(parsed))
  if (end <= at) throw refused(`${text} is over.`)
  return end
}

const doing = ({ person, approver, reason }: ActContext): Doing => ({
  person: person.name,
  approver: approver?.name,
  reason,
})

const performed = ({ batch, changed, was, left }: DoneToCards): Performed => ({
  result: { batch, changed, left: { ...left } },
  before: { ...was },
  after: { changed },
})

const refused = (why: string): Fault => new Fault('ACT_REFUSED', why)
