import { Fault } from '../../../platform/fault.js'
import { isWeakSecret, readSecretFile } from '../../../platform/secret-file.js'

/** What one who came by `userauth` may do, as the lists of its entry have it. */
export class Permissions {
  /** As written, for the answer to `userauth`; `undefined` where everything is allowed. */
  readonly events: string | undefined
  readonly api: string | undefined
  /** Whether `log` is allowed. */
  readonly log: boolean
  readonly #names: ReadonlySet<string>
  readonly #subclasses: ReadonlySet<string>
  readonly #commands: ReadonlySet<string>

  constructor({ events, api, log }: Omit<User, 'name' | 'password'>) {
    this.events = events
    this.api = api
    this.log = log
    const listed = listOf(events)
    const custom = listed.findIndex(name => name.toUpperCase() === 'CUSTOM')
    const named = custom < 0 ? listed : listed.slice(0, custom + 1)
    this.#names = new Set(named.map(name => name.toUpperCase()))
    this.#subclasses = new Set(custom < 0 ? [] : listed.slice(custom + 1))
    this.#commands = new Set(listOf(api).map(command => command.toLowerCase()))
  }

  /** Whether an event may be asked for. */
  mayHear(name: string): boolean {
    return this.events === undefined || this.#names.has('ALL') || this.#names.has(name)
  }

  /** Whether a subclass may be asked for behind `CUSTOM`: FreeSWITCH wants each listed, `ALL` or not. */
  mayHearSubclass(name: string): boolean {
    return this.events === undefined || this.#subclasses.has(name)
  }

  /** Whether an `api` command may be run, by its name. */
  mayRun(command: string): boolean {
    return this.api === undefined || this.#commands.has(command.toLowerCase())
  }
}

/** Words with commas between, or blanks where there is one. */
const listOf = (text = ''): string[] =>
  text.split(text.includes(' ') ? ' ' : ',').filter(word => word !== '')

/** One entry of the file. */
interface User {
  /** `name@domain`, as `userauth` names it. */
  readonly name: string
  readonly password: string
  readonly events: string | undefined
  readonly api: string | undefined
  readonly log: boolean
}

const FIELDS = ['name', 'password', 'events', 'api', 'log']

/** One who may open the event socket by a name and a password of its own. */
export interface EventSocketUser {
  readonly name: string
  readonly password: string
  readonly permissions: Permissions
}

/**
 * The users that a file names, a JSON array of `{name, password, events, api, log}`. Throws `KEY_FILE_EXPOSED`
 * when others can read it, `SECRET_REFUSED` when a password is a default or a short one, `FILE_UNREADABLE` when
 * it is not there or not of this form.
 */
export function readEventSocketUsers(path: string): EventSocketUser[] {
  const text = readSecretFile(path)
  if (text === undefined) throw new Fault('FILE_UNREADABLE', `There is no file ${path}.`)
  const users = parseUsers(text, path)
  const weak = users.find(({ password }) => isWeakSecret(password))
  if (weak) {
    throw new Fault(
      'SECRET_REFUSED',
      `The password of ${weak.name} in ${path} is a well-known or a short one.`,
    )
  }
  return users.map(({ name, password, ...lists }) => ({
    name,
    password,
    permissions: new Permissions(lists),
  }))
}

function parseUsers(text: string, path: string): User[] {
  const users = entriesOf(text)?.map(userIn)
  const at = users?.indexOf(undefined)
  if (users && at === -1) return users.filter(user => user !== undefined)
  // Nothing of what could not be read is told: it may be a password.
  const which = at === undefined ? '' : ` at entry ${at + 1}`
  throw new Fault('FILE_UNREADABLE', `The file ${path} is no list of event socket users${which}.`)
}

function entriesOf(text: string): readonly unknown[] | undefined {
  try {
    const read: unknown = JSON.parse(text)
    return Array.isArray(read) ? read : undefined
  } catch {
    return undefined
  }
}

/** An entry of the right form; `undefined` for any other, and for a field that nobody knows. */
function userIn(entry: unknown): User | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined
  const fields = new Map<string, unknown>(Object.entries(entry))
  const [name, password, events, api, log = true] = FIELDS.map(field => fields.get(field))
  if (typeof name !== 'string' || !/^[^@:\s]+@[^@:\s]+$/.test(name)) return undefined
  if (typeof password !== 'string' || !/^[\x21-\x7e]+$/.test(password)) return undefined
  if (!isListOrNone(events) || !isListOrNone(api) || typeof log !== 'boolean') return undefined
  if ([...fields.keys()].some(field => !FIELDS.includes(field))) return undefined
  return { name, password, events, api, log }
}

const isListOrNone = (value: unknown): value is string | undefined =>
  value === undefined || typeof value === 'string'
