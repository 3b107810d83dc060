import type { Json } from '../../domain/canonical-json.js'
import type { EpochMs } from '../../domain/clock.js'
import type { Person, Role } from '../../domain/role.js'
import type { Static, TSchema } from '../../platform/schema.js'
import type { OwnTables } from '../rules/tables.js'
import type { Batches } from '../store/batches.js'
import type { CardActs } from '../store/card-acts.js'
import type { CardLocks } from '../store/card-locks.js'
import type { GuessBrake } from '../store/guess-brake.js'
import type { Locks } from '../store/locks.js'
import type { PinKeys } from '../store/pin-keys.js'
import type { ServiceStates } from '../store/service-states.js'
import type { TableVersions } from '../store/table-versions.js'
import type { ClipFiles } from '../tables/clip-files.js'

/** What the settings say about acts. */
export interface OfficePolicy {
  /** Most handsets, or cards, that one person may unlock in one act; more need a second person. */
  readonly unlockAlone: number
  /** Most cards that one person may activate within 24 hours. */
  readonly activateAlone: number
  /** The tables that are in force until an operator replaces them. */
  readonly tables: OwnTables
  /** Folder of the clips that operators took in. */
  readonly clipFolder: string
}

/** The parts of scp's store that acts work on, inside the writer's transaction. */
export interface OfficeParts {
  readonly locks: Locks
  readonly cardLocks: CardLocks
  readonly brake: GuessBrake
  readonly keys: PinKeys
  readonly batches: Batches
  readonly cards: CardActs
  readonly tables: TableVersions
  readonly clips: ClipFiles
  readonly services: ServiceStates
}

/** Who does it, why, who approved it, and when by the network's clock. */
export interface ActContext {
  readonly person: Person
  readonly reason: string
  readonly approver: Person | undefined
  readonly at: EpochMs
}

/** What an act did, for who asked (`result`) and for the audit log (the rest). */
export interface Performed {
  readonly result: Json
  readonly before: Json
  readonly after: Json
  /** Where what it was done to is known only now, as a new batch's serial numbers. */
  readonly subject?: string
}

/**
 * One thing that the office may do to cards, locks or keys. All of it happens in one work of the store's
 * writer, with its audit entry; long work is only begun there.
 */
export interface Act<Payload = unknown> {
  readonly name: string
  /** Who may ask for it. */
  readonly by: readonly Role[]
  /** Who may approve it, if their role is not that of who asked. */
  readonly approvedBy: readonly Role[]
  /** Form of its payload; the edge lets no other in. */
  readonly schema: TSchema
  /** `doneAlone`: to how many cards that person did it lately without a second one. */
  needsApproval(payload: Payload, policy: OfficePolicy, doneAlone: number): boolean
  /** To how many cards a person did it alone in the 24 hours before; absent where that limits nothing. */
  doneAlone?(parts: Pick<OfficeParts, 'cards'>, person: string, at: EpochMs): number
  /** What it is done to: a number, a batch, a range of serial numbers. */
  subject(payload: Payload): string
  /** What it will do, in a sentence for lists. */
  describe(payload: Payload): string
  /** Does it. Throws the fault `ACT_REFUSED`, with the reason, when it cannot be done; then nothing is. */
  perform(parts: OfficeParts, payload: Payload, context: ActContext): Performed
}

/** Declares an act, its payload typed by its schema. */
export const act = <S extends TSchema>(
  definition: Act<Static<S>> & { readonly schema: S },
): Act<Static<S>> => definition
