import { ROLES, type Role } from '../../domain/role.js'
import type { Database } from '../../platform/store.js'
import {
  BUILT_IN_GROUPS,
  builtInGroup,
  knownFunctions,
  type PermissionGroup,
} from '../accounts/permission-group.js'

interface Row {
  readonly name: string
  readonly role: string
  readonly functions: string
}

/** The permission groups: the built-in ones, and own ones in the store. */
export class Groups {
  readonly #find
  readonly #all
  readonly #put
  readonly #remove

  constructor(store: Database) {
    this.#find = store.prepare<[string], Row>('SELECT * FROM permission_group WHERE name = ?')
    this.#all = store.prepare<[], Row>('SELECT * FROM permission_group ORDER BY name')
    this.#put = store.prepare<[string, Role, string]>(
      `INSERT INTO permission_group (name, role, functions) VALUES (?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET role = excluded.role, functions = excluded.functions`,
    )
    this.#remove = store.prepare<[string]>('DELETE FROM permission_group WHERE name = ?')
  }

  /** The group of a name, built in or own. */
  find(name: string): PermissionGroup | undefined {
    const builtIn = builtInGroup(name)
    if (builtIn) return builtIn
    const row = this.#find.get(name)
    return row && groupOf(row)
  }

  /** The built-in ones, then own ones by name. */
  all(): PermissionGroup[] {
    return [...BUILT_IN_GROUPS, ...this.#all.all().map(groupOf)]
  }

  /** Makes a group, or another of what is there; in a work of the writer. */
  put({ name, role, functions }: PermissionGroup): void {
    this.#put.run(name, role, JSON.stringify(functions))
  }

  /** In a work of the writer. */
  remove(name: string): void {
    this.#remove.run(name)
  }
}

/** A role that there is no more may do nothing that a viewer may not. */
const groupOf = ({ name, role, functions }: Row): PermissionGroup => ({
  name,
  role: ROLES.find(one => one === role) ?? 'viewer',
  functions: knownFunctions(JSON.parse(functions)),
})
