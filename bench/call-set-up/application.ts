import { newApplication } from '../../test/support/drachtio-application.js'
import { sdp } from '../../test/support/raw-phone.js'

// A drachtio-srf application as a process of its own: answers every call, and lets its caller end it.

const [port = '', secret = ''] = process.argv.slice(2)
const answer = sdp(9)
const srf = newApplication()
let failed = 0
srf.use('invite', (req, res) => {
  srf.createUAS(req, res, { localSdp: answer }).catch(() => failed++)
})
srf.on('connect', (error: unknown) => {
  if (error) throw error
  process.send?.('ready')
})
srf.connect({ host: '127.0.0.1', port: Number(port), secret, reconnect: { maxAttempts: 1 } })
// The engine closes the connection when it ends; so does this.
srf.on('error', () => process.exit())
process.on('message', () => process.send?.(failed))
process.once('disconnect', () => process.exit())
