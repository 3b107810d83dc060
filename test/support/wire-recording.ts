import { readFileSync } from 'node:fs'

/** One TCP segment of a recorded conversation. */
export interface Segment {
  /** `conn1`, `conn2`, … in order of opening. */
  readonly connection: string
  /** `C` opened the connection, `S` listened. */
  readonly from: 'C' | 'S'
  readonly bytes: Buffer
}

const HEADER = /^@@ (conn\d+) ([CS])->[CS] (?:FIN|\+\d+ms (\d+)B)$/

/** Reads a `.cap` recording: a header line opens each segment, its bytes follow. Ends are left out. */
export function readRecording(path: string): Segment[] {
  const all = readFileSync(path)
  const segments: Segment[] = []
  let at = 0
  while (at < all.length) {
    const end = all.indexOf('\n', at)
    if (end < 0) break
    const [, connection, from, size] = HEADER.exec(all.toString('utf8', at, end)) ?? []
    at = end + 1
    if (connection === undefined || size === undefined) continue
    segments.push({
      connection,
      from: from === 'C' ? 'C' : 'S',
      bytes: all.subarray(at, at + Number(size)),
    })
    at += Number(size)
  }
  return segments
}

/** All that one side of one connection sent, in one piece. */
export const sentBy = (segments: readonly Segment[], connection: string, from: 'C' | 'S'): Buffer =>
  Buffer.concat(
    segments
      .filter(segment => segment.connection === connection && segment.from === from)
      .map(segment => segment.bytes),
  )

/** The connections of a recording, in order of opening. */
export const connectionsOf = (segments: readonly Segment[]): string[] => [
  ...new Set(segments.map(segment => segment.connection)),
]
