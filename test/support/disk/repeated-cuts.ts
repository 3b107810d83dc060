import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { seededChance } from '../../../platform/seeded-chance.js'
import { memoryFolder } from '../memory-folder.js'
import { restoreAfterCut } from './power-cut.js'
import type { Act, FilesByInode } from './recording.js'

/** Where a recording begins, and what was done to the disk from there on. */
export interface RecordedActs {
  readonly start: FilesByInode
  readonly acts: readonly Act[]
}

/** What of what a program told is lost after a cut, and what is wrong besides, in words. */
export interface CutAudit {
  readonly lost: readonly unknown[]
  readonly wrong: readonly string[]
}

/**
 * Cuts the power again and again, after any act, and mostly just after something was told; `audit` looks at
 * what is there when it comes back, knowing the lines that were told before the cut.
 */
export function cutAgainAndAgain(
  t: Test,
  { start, acts }: RecordedActs,
  cuts: number,
  audit: (folder: string, lines: readonly string[]) => CutAudit,
): { lost: number; wrong: string[] } {
  const chance = seededChance(20_001_203)
  const tells = acts.flatMap(({ act }, at) => (act === 'tell' ? [at] : []))
  const folder = memoryFolder(t)
  let lossy = 0
  let lost = 0
  const wrong: string[] = []
  for (let cut = 0; cut < cuts; cut++) {
    const any = Math.floor(chance() * acts.length)
    const told = tells[Math.floor(chance() * tells.length)] ?? any
    const count = chance() < 0.5 ? any : told + 1
    const target = join(folder, `${cut}`)
    restoreAfterCut(start, acts, count, chance, target)
    const lines = acts.slice(0, count).flatMap(act => (act.act === 'tell' ? [act.line] : []))
    const found = audit(target, lines)
    if (found.lost.length > 0) lossy++
    lost += found.lost.length
    wrong.push(...found.wrong.map(what => `cut ${cut}, after act ${count}: ${what}`))
    rmSync(target, { recursive: true })
  }
  const flushes = acts.filter(({ act }) => act === 'flushed').length
  t.comment(`${cuts} cuts in ${acts.length} acts, ${flushes} of them flushes, ${tells.length} told`)
  t.comment(`${lost} of what was told lost in ${lossy} cuts`)
  return { lost, wrong }
}
