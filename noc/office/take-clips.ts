import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeDurably } from '../../platform/durable-file.js'
import { Fault, systemErrorCode } from '../../platform/fault.js'
import { clipMistake, takenClip } from '../../platform/guidance-clips.js'
import { type Home, makeHome } from '../../platform/home.js'
import { sha256Of } from '../../platform/sha256.js'

/** Where ivr's clips lie within a folder of them. */
const PARTS = ['ja', 'en', 'tone'] as const

/** Nobody changes a clip that was taken in. */
const MODE = 0o440

interface FoundClip {
  readonly clip: string
  readonly bytes: Buffer
  readonly text: string
}

/**
 * Takes the clips of a folder (`ja/welcome.wav`, its words beside it in `ja/welcome.txt`) into the home, each
 * under the SHA-256 of its bytes, and answers the table of guidance that names them. Every clip that is
 * none is told at once (`FILE_MALFORMED`), and then none is taken in.
 */
export function takeClips(home: Home, folder: string): string {
  const clips = PARTS.flatMap(part => clipsIn(folder, part))
  if (clips.length === 0) {
    const where = PARTS.map(part => `${part}/*.wav`).join(', ')
    throw new Fault('COMMAND_REFUSED', `${folder} has no clips: they must lie in it as ${where}.`)
  }
  const wrong = clips.flatMap(({ clip, bytes }) => {
    const why = clipMistake(bytes)
    return why === undefined ? [] : [`  ${join(folder, clip)}: ${why}`]
  })
  if (wrong.length > 0) {
    const message = [`None of the clips was taken in; ${wrong.length} cannot be played:`, ...wrong]
    throw new Fault('FILE_MALFORMED', message.join('\n'))
  }
  makeHome(home)
  for (const { bytes } of clips) {
    const path = takenClip(home.guidance, sha256Of(bytes))
    if (!existsSync(path)) writeDurably(path, bytes, MODE)
  }
  const rows = clips.map(({ clip, bytes, text }) => `${clip},${sha256Of(bytes)},${quoted(text)}`)
  return ['clip,sha256,text', ...rows, ''].join('\n')
}

function clipsIn(folder: string, part: string): FoundClip[] {
  const within = join(folder, part)
  return (existsSync(within) ? readdirSync(within) : [])
    .filter(name => name.endsWith('.wav'))
    .sort()
    .map(name => ({
      clip: `${part}/${name}`,
      bytes: read(join(within, name)),
      text: textBeside(join(within, name)),
    }))
}

/** What a caller hears, on one line; empty where nobody wrote it down. */
function textBeside(path: string): string {
  const beside = path.replace(/\.wav$/, '.txt')
  return existsSync(beside) ? read(beside).toString('utf8').trim().replace(/\s+/g, ' ') : ''
}

function read(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    const code = systemErrorCode(cause)
    throw new Fault('FILE_UNREADABLE', `${path} cannot be read: ${code}.`, { cause })
  }
}

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`
