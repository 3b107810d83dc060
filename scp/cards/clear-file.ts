import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parsePin, parseSerialNumber } from '../../domain/card.js'
import { yen } from '../../domain/yen.js'
import { writeDurably } from '../../platform/durable-file.js'
import { Fault } from '../../platform/fault.js'
import type { Home } from '../../platform/home.js'
import { readSecretFile } from '../../platform/secret-file.js'
import type { ClearCard } from './issue.js'

const BEGINNING = 'demonstration-'

/** File of a demonstration batch's cards, PINs in clear, owner-only (architecture, point 8). */
export const clearFile = (home: Home, batch: number): string =>
  join(home.cards, `${BEGINNING}${`${batch}`.padStart(6, '0')}.csv`)

/** Writes a demonstration batch's clear file: `serial,pin,face_value` a line. */
export function writeClearFile(home: Home, batch: number, cards: readonly ClearCard[]): string {
  const lines = cards.map(({ serial, pin, faceValue }) => [serial, pin, faceValue].join(','))
  const file = clearFile(home, batch)
  writeDurably(file, ['serial,pin,face_value', ...lines, ''].join('\n'), 0o600)
  return file
}

/**
 * Every demonstration card of a home, oldest batch first, used ones too. Throws `KEY_FILE_EXPOSED` when
 * others can read a file of theirs, `FILE_MALFORMED` when it is not as it was written.
 */
export function demonstrationCards(home: Home): ClearCard[] {
  return readdirSync(home.cards)
    .filter(name => name.startsWith(BEGINNING) && name.endsWith('.csv'))
    .sort()
    .flatMap(name => readClearFile(join(home.cards, name)))
}

function readClearFile(path: string): ClearCard[] {
  const [, ...lines] = (readSecretFile(path) ?? '').split('\n')
  return lines.map((line, index) => {
    const [serialText = '', pinText = '', amount = ''] = line.split(',')
    const [serial, pin] = [parseSerialNumber(serialText), parsePin(pinText)]
    if (!serial || !pin || !/^[1-9]\d*$/.test(amount)) {
      throw new Fault('FILE_MALFORMED', `Line ${index + 2} of ${path} is not a card.`)
    }
    return { serial, pin, faceValue: yen(Number(amount)) }
  })
}
