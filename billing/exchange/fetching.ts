import { partedToGoTogether } from '../../domain/files-together.js'
import {
  decodeTriggerAnswer,
  type OfferedFile,
  type TriggerAnswer,
} from '../../domain/trigger-answer.js'
import type { Trigger } from '../../domain/trigger-file.js'
import { triggerNames } from '../../domain/trigger-file.js'
import { Fault } from '../../platform/fault.js'
import { sha256, sha256Of } from '../../platform/sha256.js'
import type { CrsLink } from './crs-link.js'
import type { Spool } from './spool.js'

/**
 * Fetches CRS's answer to a trigger and every file that it offers into the spool, checking form, length and
 * digest; what is there already is not fetched again. `undefined`: CRS has not answered yet. Throws
 * `FILE_MALFORMED` for what is not as the answer says.
 */
export async function fetchOffered(
  link: CrsLink,
  spool: Spool,
  trigger: Trigger,
): Promise<TriggerAnswer | undefined> {
  const name = triggerNames(trigger.number).answer
  const kept = spool.read(name)
  const bytes = kept ?? (await link.fetchAnswer(trigger.number))
  if (!bytes) return undefined
  const answer = readAnswer(bytes, trigger)
  if (!kept) spool.keep(name, bytes)
  const missing = answer.files.filter(({ name }) => !spool.has(name))
  for (const part of partedToGoTogether(missing)) await fetchPart(link, spool, part)
  return answer
}

/** The bytes of an offered file as the spool has them. Throws when they are not what was offered. */
export function spooled(spool: Spool, file: OfferedFile): Uint8Array {
  const bytes = spool.read(file.name)
  if (!bytes) throw new Fault('FILE_MALFORMED', `${file.name} was fetched, and is not there.`)
  check(file, bytes)
  return bytes
}

/** Fetches files that go together by one transfer where CRS allows it, else one after the other. */
async function fetchPart(
  link: CrsLink,
  spool: Spool,
  files: readonly OfferedFile[],
): Promise<void> {
  const [first, last] = [files[0], files.at(-1)]
  if (!first || !last) return
  const sequences = { firstSequence: first.sequence, lastSequence: last.sequence }
  const length = files.reduce((sum, file) => sum + file.length, 0)
  const bytes = first === last ? undefined : await link.fetchTogether(sequences, length)
  if (!bytes) {
    for (const file of files) await fetchFile(link, spool, file)
    return
  }
  let at = 0
  const kept = files.map(file => {
    const own = bytes.subarray(at, at + file.length)
    check(file, own)
    at += file.length
    return { name: file.name, bytes: own }
  })
  spool.keepAll(kept)
}

async function fetchFile(link: CrsLink, spool: Spool, file: OfferedFile): Promise<void> {
  const bytes = await link.fetchFile(file.name, file.length)
  check(file, bytes)
  spool.keep(file.name, bytes)
}

function readAnswer(bytes: Uint8Array, trigger: Trigger): TriggerAnswer {
  const read = decodeTriggerAnswer(Buffer.from(bytes).toString('latin1'), sha256())
  if (read.outcome === 'malformed') {
    const place = `Line ${read.line} of the answer to trigger ${trigger.number}`
    throw new Fault('FILE_MALFORMED', `${place}: ${read.why}.`)
  }
  const { answer } = read
  if (answer.trigger !== trigger.number || answer.lastSequence !== trigger.lastSequence) {
    throw new Fault('FILE_MALFORMED', `CRS answered another trigger than ${trigger.number}.`)
  }
  return answer
}

function check({ name, length, sha256: digest }: OfferedFile, bytes: Uint8Array): void {
  if (bytes.length !== length) {
    throw new Fault('FILE_MALFORMED', `${name} has ${bytes.length} bytes, not ${length}.`)
  }
  if (sha256Of(bytes) !== digest) {
    throw new Fault('FILE_MALFORMED', `${name} has another digest than it was offered with.`)
  }
}
