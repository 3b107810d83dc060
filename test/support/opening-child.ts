import { openStore } from '../../platform/store.js'
import { MIGRATIONS } from '../../scp/store/migrations.js'

// Started as a program of its own, to be killed while it brings scp's store to its newest form.
const [path] = process.argv.slice(2)
if (path) openStore(path, MIGRATIONS).close()
