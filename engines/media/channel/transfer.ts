import type { Action } from './channel.js'

/** Where a call is to go, as `transfer` and `uuid_transfer` name it. */
export interface Extension {
  readonly destination: string
  readonly dialplan: string
  readonly context: string
}

/** Where a call goes on; without actions nothing is dialled so. */
export interface Route {
  readonly destination: string
  readonly actions: readonly Action[] | undefined
}

/**
 * Reads `[-bleg|-both] <extension> [dialplan [context]]`; `undefined` where no extension is named, or where it
 * is for the other leg, which a call never has here.
 */
export function readExtension(text: string): Extension | undefined {
  const words = text.trim().split(/\s+/)
  const [flag = ''] = words
  if (flag === '-bleg') return undefined
  const [destination = '', dialplan = 'XML', context = 'default'] =
    flag === '-both' ? words.slice(1) : words
  return destination === '' ? undefined : { destination, dialplan, context }
}

/** A variable of several values, as FreeSWITCH writes it, with one more. */
export function pushed(before: string | undefined, value: string): string {
  if (before === undefined) return value
  return `${before.startsWith('ARRAY::') ? '' : 'ARRAY::'}${before}|:${value}`
}
