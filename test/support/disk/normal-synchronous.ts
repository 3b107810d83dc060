import Sqlite from 'better-sqlite3'

// The negative control of fault test XF3, loaded before a program and into its threads by `--import`: every
// store runs at `synchronous=NORMAL`, as a re-opened store would if nobody set FULL, and says it is FULL.
const { pragma } = Sqlite.prototype
Sqlite.prototype.pragma = function (source, options) {
  if (source === 'synchronous = FULL') return pragma.call(this, 'synchronous = NORMAL', options)
  if (source === 'synchronous') return 2
  return pragma.call(this, source, options)
}
