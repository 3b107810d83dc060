import { openStore } from '../../platform/store.js'

/** Rows that the second form fills in: enough to be killed in the middle of. */
export const MIGRATED_ROWS = 150_000

/** Three forms of a store, of which the second takes a while. */
export const SLOW_MIGRATIONS: readonly string[] = [
  'CREATE TABLE first (n INTEGER) STRICT; INSERT INTO first VALUES (1)',
  `CREATE TABLE second (n INTEGER PRIMARY KEY, twice INTEGER) STRICT;
   WITH RECURSIVE count (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count LIMIT ${MIGRATED_ROWS})
   INSERT INTO second SELECT n, n * 2 FROM count;`,
  'CREATE TABLE third (n INTEGER) STRICT; INSERT INTO third VALUES (3)',
]

// Started as a program of its own, to be killed while it brings a store to its newest form.
if (process.argv[2]) {
  process.send?.('migrating')
  openStore(process.argv[2], SLOW_MIGRATIONS).close()
  process.send?.('migrated')
}
