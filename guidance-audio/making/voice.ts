/** Speech as a voice gave it, before anything is cut. */
export interface Utterance {
  readonly samples: Int16Array
  readonly sampleRate: number
  /** What is heard when, in order, without gaps. */
  readonly phones: readonly Phone[]
}

export interface Phone {
  readonly name: string
  readonly beginSeconds: number
  readonly endSeconds: number
}

/** A stretch of an utterance, in seconds from its start. */
export interface Interval {
  readonly beginSeconds: number
  readonly endSeconds: number
}

/** Reads the WAV file of a voice: 16-bit, one channel, any rate. */
export function readVoiceWav(file: Buffer): { samples: Int16Array; sampleRate: number } {
  const format = file.indexOf('fmt ', 12, 'latin1')
  const begin = file.indexOf('data', 12, 'latin1') + 8
  if (format < 0 || begin < 8) throw new Error('the voice did not write a WAV file')
  const count = Math.floor((file.length - begin) / 2)
  return {
    samples: Int16Array.from({ length: count }, (_, at) => file.readInt16LE(begin + at * 2)),
    sampleRate: file.readUInt32LE(format + 12),
  }
}
