import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { systemErrorCode } from '../../../platform/fault.js'

/** A disk so small that a test can fill it. */
export interface SmallDisk {
  readonly folder: string
  /** Fills it to the last byte. */
  fill(): void
  /** Gives back what `fill` took. */
  free(): void
}

/** Mounts a small disk for as long as the test runs; where that is not allowed, says what is not looked at. */
export function smallDisk(t: Test, mebibytes: number, what: string): SmallDisk | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'mcscp-small-disk-'))
  const order = ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder]
  if (spawnSync('mount', order).status !== 0) {
    rmdirSync(folder)
    t.pass('not looked at', { skip: `for want of MOUNT_RIGHTS: 1 ${what}` })
    return undefined
  }
  t.teardown(() => {
    spawnSync('umount', ['-l', folder])
    rmdirSync(folder)
  })
  const filler = join(folder, 'filler')
  return { folder, fill: () => fill(filler), free: () => rmSync(filler) }
}

function fill(path: string): void {
  const file = openSync(path, 'a')
  try {
    for (let size = 65_536; size >= 1; ) {
      try {
        writeSync(file, Buffer.alloc(size))
      } catch (error) {
        if (systemErrorCode(error) !== 'ENOSPC') throw error
        size = size === 1 ? 0 : size >> 2
      }
    }
  } finally {
    closeSync(file)
  }
}
