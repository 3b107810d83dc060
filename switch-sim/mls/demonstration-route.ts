import { CONTRACT_CLASSES, type ContractClass } from '../../domain/contract-class.js'
import type { Msisdn } from '../../domain/msisdn.js'
import type { Home } from '../../platform/home.js'
import type { httpEdge } from '../../platform/http-edge.js'
import { Type } from '../../platform/schema.js'
import { demonstrationNumbers, demonstrationPasswords } from './subscribers/demonstration.js'
import { DIGEST_REALM } from './subscribers/subscriber.js'

/** Numbers told of each class: a few, so that who reaches the month's cap of one takes another. */
const NUMBERS_A_CLASS = 3

const answer = Type.Object({
  /** Protection space of the passwords. */
  realm: Type.String(),
  handsets: Type.Array(
    Type.Object({
      msisdn: Type.String(),
      password: Type.String(),
      contractClass: Type.Enum([...CONTRACT_CLASSES]),
      language: Type.Enum(['ja', 'en']),
    }),
  ),
})

/**
 * `GET /v1/demonstration-handsets`: numbers to call from in a simulation, with the passwords by which they prove
 * themselves as any phone does; of each class some, and the first that is spoken to in English.
 */
export function demonstrationRoute(edge: ReturnType<typeof httpEdge>, home: Home): void {
  edge.get('/v1/demonstration-handsets', { schema: { response: { 200: answer } } }, async () => {
    const passwords = demonstrationPasswords(home)
    const handsets = CONTRACT_CLASSES.flatMap(contractClass =>
      told(contractClass).flatMap(msisdn => {
        const password = passwords.get(msisdn)
        const language: 'ja' | 'en' = isEnglish(msisdn) ? 'en' : 'ja'
        return password ? [{ msisdn, password, contractClass, language }] : []
      }),
    )
    return { realm: DIGEST_REALM, handsets }
  })
}

function told(contractClass: ContractClass): Msisdn[] {
  const numbers = demonstrationNumbers(contractClass)
  const english = contractClass === 'mobile' ? numbers.filter(isEnglish).slice(0, 1) : []
  return [...numbers.slice(0, NUMBERS_A_CLASS), ...english]
}

/** Demonstration numbers that end in 0 are spoken to in English. */
const isEnglish = (msisdn: Msisdn): boolean => msisdn.endsWith('0')
