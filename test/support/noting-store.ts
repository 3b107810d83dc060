import { createHash } from 'node:crypto'
import type { Database } from '../../platform/store.js'

/** A store that notes every statement that is run on it. */
export function noting(store: Database): { readonly store: Database; readonly noted: string[] } {
  const noted: string[] = []
  const watch = <S extends object>(statement: S, name: string): S =>
    new Proxy(statement, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key)
        if (typeof value !== 'function') return value
        return (...given: unknown[]) => {
          if (key === 'run' || key === 'get' || key === 'all') noted.push(`${String(key)} ${name}`)
          const answer: unknown = value.apply(target, given)
          return answer === target ? watch(target, name) : answer
        }
      },
    })
  const noticed = new Proxy(store, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key)
      if (key === 'prepare') return (sql: string) => watch(target.prepare(sql), statementName(sql))
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return { store: noticed, noted }
}

/** A short name of a statement, for lists of what was asked of a store. */
const statementName = (sql: string): string =>
  `${sql.trim().split(/\s+/).slice(0, 6).join(' ')} ${createHash('sha256').update(sql).digest('hex').slice(0, 6)}`
