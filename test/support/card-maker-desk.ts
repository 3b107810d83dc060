import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Decrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { type Pin, parsePin, type SerialNumber } from '../../domain/card.js'

/** The card maker's key pair: who has `identity` can read the print files. */
export interface CardMakerKey {
  readonly identity: string
  readonly recipient: string
}

export async function cardMakerKey(): Promise<CardMakerKey> {
  const identity = await generateX25519Identity()
  return { identity, recipient: await identityToRecipient(identity) }
}

/** One line of a print file. */
export interface PrintedCard {
  readonly serial: SerialNumber
  readonly pin: Pin
  /** What stands behind serial number and PIN. */
  readonly rest: string
}

/** Opens a print file as the card maker does. */
export async function printedCards(
  folder: string,
  name: string,
  { identity }: CardMakerKey,
): Promise<PrintedCard[]> {
  const decrypter = new Decrypter()
  decrypter.addIdentity(identity)
  const text = await decrypter.decrypt(readFileSync(join(folder, name)), 'text')
  const [, ...lines] = text.trimEnd().split('\n')
  return lines.map(line => {
    const [serial = '', digits = '', ...rest] = line.split(',')
    const pin = parsePin(digits)
    if (!pin) throw new Error(`not a PIN: line of ${serial}`)
    return { serial: serial as SerialNumber, pin, rest: rest.join(',') }
  })
}
