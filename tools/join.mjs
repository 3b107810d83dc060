// Joins the compiled modules of the programs into few files, dist/programs/: a program then starts in half
// the time, most of which goes into finding and reading several hundred modules. What the joined programs
// do is what the modules in dist/ do; only threads and commands are started from other files.
import { rmSync } from 'node:fs'
import { rolldown } from 'rolldown'
import { root } from './run.mjs'

/** What is started by itself: the command line with its programs, and the threads of their stores. */
const STARTED = [
  'mcscp/main',
  'scp/store/writer',
  'scp/store/background',
  'crs/store/writer',
  'crs/store/background',
  'switch-sim/mls/mscp/unit-writer',
]

/** Packages that read files of their own, or whose code is not JavaScript. */
const LEFT_ALONE = /^(?:better-sqlite3|pdfkit|werift|@fastify\/static|@expo-google-fonts)/

const out = `${root}dist/programs`
rmSync(out, { recursive: true, force: true })
const joining = await rolldown({
  input: Object.fromEntries(STARTED.map(path => [path, `${root}dist/${path}.js`])),
  platform: 'node',
  external: LEFT_ALONE,
})
await joining.write({ dir: out, format: 'esm', chunkFileNames: 'chunks/[name]-[hash].js' })
await joining.close()
