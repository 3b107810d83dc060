import { openStore } from '../../platform/store.js'

// Started as a program of its own, to be killed while it brings a store to its newest form.
const [path, module, list = 'MIGRATIONS'] = process.argv.slice(2)
if (path && module) openStore(path, (await import(module))[list]).close()
