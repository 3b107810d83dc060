import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { seededChance } from '../../../platform/seeded-chance.js'
import { type Template, Violation, World } from './world.js'

/** Steps of one run. */
export const STEPS = 25

/** How a run ended. */
export interface Outcome {
  /** Virtual time that passed, in ms. */
  readonly virtualMs: number
  readonly violation: { readonly step: number; readonly what: string } | undefined
}

const MINUTE_MS = 60_000

/**
 * Runs some steps of a seed. What happens at a step is drawn from the seed and the step's number alone, so
 * that a run with other steps left out does the same at those that are left.
 */
export async function runSeed(
  t: Test,
  template: Template,
  seed: number,
  steps: readonly number[],
): Promise<Outcome> {
  const folder = mkdtempSync(join(template.folder, `seed-${seed}-`))
  const world = await World.begin(t, template, folder)
  let at = -1
  try {
    for (const step of steps) {
      at = step
      world.chance = seededChance(seed * 1_000 + step)
      await takeStep(world)
      world.check()
    }
    await world.end()
    return { virtualMs: world.now - template.startAt, violation: undefined }
  } catch (error) {
    if (!(error instanceof Violation)) throw error
    await world.close()
    return { virtualMs: 0, violation: { step: at, what: error.message } }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function takeStep(world: World): Promise<void> {
  const what = world.chance()
  if (what < 0.6) return world.callersAct()
  if (what < 0.65) return world.askPermission()
  if (what < 0.78) return world.passTime(someTime(world.chance))
  if (what < 0.82) return world.unlock()
  if (what < 0.92) return world.deliver()
  return what < 0.96 ? world.restart() : world.crash()
}

/** A moment, minutes, or hours: a run begins in the evening of a month's last day. */
function someTime(chance: () => number): number {
  const scale = [1, MINUTE_MS, 15 * MINUTE_MS, 240 * MINUTE_MS][Math.floor(chance() * 4)] ?? 1
  return 1 + Math.floor(chance() * scale)
}

/** Leaves out halves, quarters … of a failing run's steps as long as it fails without them. */
export async function shrink(
  steps: readonly number[],
  fails: (steps: readonly number[]) => Promise<boolean>,
): Promise<readonly number[]> {
  let left = steps
  for (let size = Math.ceil(left.length / 2); size >= 1; size = size === 1 ? 0 : size >> 1) {
    for (let from = 0; from < left.length; ) {
      const fewer = [...left.slice(0, from), ...left.slice(from + size)]
      if (await fails(fewer)) left = fewer
      else from += size
    }
  }
  return left
}
