// A telephone desk, as an application of drachtio-server or of this engine: 1… is answered, 2… is passed on
// to a colleague, all else is no number here. See README.md for how to run it.
import Srf from 'drachtio-srf'

const { ENGINE_HOST = '127.0.0.1', ENGINE_PORT = '9032', ENGINE_SECRET, COLLEAGUE } = process.env
if (ENGINE_SECRET === undefined) throw new Error('ENGINE_SECRET says what lets an application in')

const srf = new Srf()

srf.on('connect', (error, hostPort) => {
  if (error) throw error
  console.log(`connected to ${hostPort}`)
})
// The package connects again by itself; without a listener it would end the program.
srf.on('error', error => console.error(error.message))

srf.options((_req, res) => res.send(200))

srf.invite(async (req, res) => {
  const number = req.callingNumber
  const called = /^sip:([^@;]*)/.exec(req.uri)?.[1] ?? ''
  if (called.startsWith('1')) {
    // Whoever calls hears itself: its own session description goes back to it.
    const dialog = await srf.createUAS(req, res, { localSdp: req.body })
    console.log(`answered ${number}`)
    dialog.on('destroy', () => console.log(`${number} hung up`))
    return
  }
  if (called.startsWith('2') && COLLEAGUE !== undefined) {
    const { connected } = await req.proxy({ destination: [COLLEAGUE], remainInDialog: true })
    console.log(`${number} ${connected ? 'was' : 'was not'} put through`)
    return
  }
  res.send(404)
})

srf.connect({ host: ENGINE_HOST, port: Number(ENGINE_PORT), secret: ENGINE_SECRET })
