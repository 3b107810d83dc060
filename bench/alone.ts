import type { Owner } from '../test/support/sip-peer.js'

/** Runs a part of a bench and ends all that it started, the last first, however it ends. */
export async function alone<T>(part: (owner: Owner) => Promise<T>): Promise<T> {
  const ends: (() => unknown)[] = []
  const endAll = async () => {
    for (const end of ends.splice(0).reverse()) await end()
  }
  const interrupted = () => endAll().then(() => process.exit(1))
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.once(signal, interrupted)
  try {
    return await part({ teardown: end => ends.push(end) })
  } finally {
    for (const signal of signals) process.off(signal, interrupted)
    await endAll()
  }
}
