import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Test } from 'tap'
import { PRODUCT_FOLDER } from '../../../platform/product-files.js'

const SOURCE = join(PRODUCT_FOLDER, 'test/support/disk/recorder.c')

/** The acts that `recorder.c` knows. */
export type DiskAct =
  | 'write'
  | 'truncate'
  | 'sync'
  | 'create'
  | 'rename'
  | 'link'
  | 'unlink'
  | 'tell'
  | 'send'
  | 'receive'

/** A moment of a program's work on its disk, or on a connection of its own. */
export interface DiskPoint {
  readonly act: DiskAct
  /**
   * How the file's name ends; of a rename, the name it had; `told` of what is told; of what is sent or
   * received (`after` alone) the port, or the end of the path, of either end of the connection.
   */
  readonly file: string
  /** 1: the first such act. */
  readonly count: number
  readonly when: 'before' | 'after'
}

/** What is to be loaded into a program so that its acts are recorded, or it dies at one. */
export interface DiskRecorder {
  /** The environment of a program whose acts in `folder` are appended to `log`. */
  recording(folder: string, log: string): NodeJS.ProcessEnv
  /** As `recording`, and flushes fail, as `scp.db-wal:3`: the third of a file whose name ends so, and every later one. */
  failing(folder: string, log: string, flush: string): NodeJS.ProcessEnv
  /** The environment of a program that dies of SIGKILL at a moment of its work in `folder`. */
  killing(folder: string, point: DiskPoint): NodeJS.ProcessEnv
}

/**
 * Compiles the recorder; where no C compiler is, or the system is another, says that so many of something
 * are not looked at.
 */
export function diskRecorder(t: Test, count: number, what: string): DiskRecorder | undefined {
  const library = join(t.testdir({}), 'recorder.so')
  const order = ['-shared', '-fPIC', '-O1', '-o', library, SOURCE, '-ldl', '-pthread']
  const compiler = ['cc', 'gcc', 'g++', 'clang'].find(
    name => process.platform === 'linux' && spawnSync(name, order).status === 0,
  )
  if (!compiler) {
    t.pass('not looked at', { skip: `for want of C_COMPILER: ${count} ${what}` })
    return undefined
  }
  const loaded = (folder: string) => ({
    PATH: process.env.PATH,
    LD_PRELOAD: library,
    MCSCP_DISK_FOLDER: `${folder}`,
  })
  return {
    recording: (folder, log) => ({ ...loaded(folder), MCSCP_DISK_LOG: log }),
    failing: (folder, log, flush) => ({
      ...loaded(folder),
      MCSCP_DISK_LOG: log,
      MCSCP_DISK_FAIL: flush,
    }),
    killing: (folder, { act, file, count, when }) => ({
      ...loaded(folder),
      MCSCP_DISK_KILL: `${act}:${file}:${count}:${when}`,
    }),
  }
}
