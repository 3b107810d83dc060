// Runs a command of the project and waits for it.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The folder of the checkout. */
export const root = fileURLToPath(new URL('..', import.meta.url))

/** Runs a command with what it prints shown; resolves with its exit code. */
export function run(command, args, options = {}) {
  const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(signal ? 1 : (code ?? 1)))
  })
}

/** Runs a script of an installed package, as `npx` would without asking a registry. */
export const runInstalled = (script, args, options) =>
  run(process.execPath, [`${root}node_modules/${script}`, ...args], options)
