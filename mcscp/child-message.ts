import type { FaultCode } from '../platform/fault-codes.js'

/** What a program tells the supervisor that started it. */
export type FromChild =
  | { readonly kind: 'ready'; readonly listening: Readonly<Record<string, string>> }
  | { readonly kind: 'failed'; readonly code: FaultCode | undefined; readonly advice: string }

/** Names the variable of the environment that says that a supervisor started the program, and must live. */
export const SUPERVISED = 'SUPERVISED'

/** What the supervisor tells a program: that its turn to start has come; to end, as losing the supervisor does. */
export type ToChild = { readonly kind: 'start' } | { readonly kind: 'close' }
