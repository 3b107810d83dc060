import { once } from 'node:events'
import Sqlite from 'better-sqlite3'

// Started as a program of its own: holds a store's write lock, as another process's slow transaction
// would, from the line `held` until its input ends.
const [path] = process.argv.slice(2)
if (path) {
  const store = new Sqlite(path, { timeout: 60_000 })
  store.exec('BEGIN IMMEDIATE')
  process.stdout.write('held\n')
  process.stdin.resume()
  await once(process.stdin, 'end')
  store.exec('ROLLBACK')
  store.close()
}
