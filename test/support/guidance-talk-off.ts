import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PRODUCT_FOLDER } from '../../platform/product-files.js'
import { linearOf, readWav } from '../../platform/rtp/wav.js'
import { inTurn, keysIn, packetsOf, silence } from './tone-line.js'

/** Keys that are found in the speech of the guidance, one clip in so many, where none was keyed. */
export function keysInGuidance(oneIn: number) {
  const folder = join(PRODUCT_FOLDER, 'guidance-audio', 'clips')
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.wav') && !name.startsWith('tone'))
    .sort()
    .filter((_, at) => at % oneIn === 0)
  const found: string[] = []
  let seconds = 0
  for (const name of names) {
    const reading = readWav(readFileSync(join(folder, name)))
    if (reading.outcome !== 'read') continue
    const speech = Float64Array.from(linearOf(reading.wav))
    seconds += speech.length / 8_000
    const { keys } = keysIn(packetsOf(inTurn(speech, silence(60))))
    if (keys !== '') found.push(`${name}: ${keys}`)
  }
  return { found, clips: names.length, seconds }
}
