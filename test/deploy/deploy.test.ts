import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type MediaSettings, mediaSettings, productDialplan } from '../../engines/media/config.js'
import { listenPoints, signallingSettings } from '../../engines/signalling/config.js'
import { ivrSettings } from '../../ivr/config.js'
import { metricsPortOf } from '../../mcscp/open-metrics.js'
import { PROGRAMS } from '../../mcscp/programs.js'
import { allSettings } from '../../mcscp/settings-in-force.js'
import { PRODUCT_FOLDER } from '../../platform/product-files.js'
import { makeSecretFile, secretFile } from '../../platform/secret-file.js'
import { readSettings } from '../../platform/settings.js'
import { scpSettings } from '../../scp/config.js'
import { STATUS_AFTER } from '../../switch-sim/mls/announcement.js'
import { mlsSettings } from '../../switch-sim/mls/config.js'
import { mcscp } from '../support/command-line.js'
import { elementsOf, parseXml, type XmlElement } from '../support/xml.js'

const DEPLOY = join(PRODUCT_FOLDER, 'deploy')
/** Where the units and the configuration take the product to be installed. */
const INSTALLED = '/opt/mcscp/'

const text = (path: string) => readFileSync(join(DEPLOY, path), 'utf8')
const xml = (path: string) => parseXml(text(path))
const media: MediaSettings = readSettings(mediaSettings, {})

/** The parameters of a FreeSWITCH file, variables put in. */
function paramsOf(path: string): Record<string, string> {
  return Object.fromEntries(
    elementsOf(xml(path), 'param').map(({ attributes: { name = '', value = '' } }) => [
      name,
      value,
    ]),
  )
}

/** What `vars.xml` sets. */
const variables = Object.fromEntries(
  elementsOf(xml('freeswitch/vars.xml'), 'X-PRE-PROCESS').map(({ attributes: { data = '' } }) => {
    const [name = '', ...value] = data.split('=')
    return [name, value.join('=')]
  }),
)
const withVariables = (value: string) =>
  value.replace(/\$\$\{(\w+)\}/g, (_, name: string) => variables[name] ?? `?${name}`)

t.test('XML that is not well-formed is found', async t => {
  // biome-ignore format: table
  for (const [source, because] of [
    ['<a><b></a>',                   'an element is not closed'],
    ['<a/><b/>',                     'two roots'],
    ['<a b="1" b="2"/>',             'an attribute twice'],
    ['<a b=1/>',                     'an attribute without quotes'],
    ['<a>1 & 2</a>',                 'a bare ampersand'],
    ['<a><!-- a -- b --></a>',       'two hyphens in a comment'],
    ['<a',                           'cut short'],
    ['text',                         'no element'],
  ] as const) {
    t.throws(() => parseXml(source), because)
  }
  t.match(parseXml('<?xml version="1.0"?>\n<a b="1"><!-- c --><d>e</d></a>'), {
    name: 'a',
    attributes: { b: '1' },
    children: [{ name: 'd', text: 'e' }],
  })
})

t.test('every XML file of deploy/ is well-formed', async t => {
  const files = readdirSync(DEPLOY, { recursive: true, encoding: 'utf8' }).filter(name =>
    name.endsWith('.xml'),
  )
  t.equal(files.length, 12)
  for (const file of files) t.doesNotThrow(() => xml(file), file)
})

t.test('drachtio-server stands where our engines stand', async t => {
  for (const [engine, application] of [
    ['switch', mlsSettings],
    ['scp', scpSettings],
  ] as const) {
    const settings = readSettings(signallingSettings(engine), {})
    const document = xml(`drachtio/${engine}.conf.xml`)
    const [admin] = elementsOf(document, 'admin')
    const { engineHost, enginePort } = readSettings(application, {})
    t.equal(admin?.text, '127.0.0.1', 'its application port on loopback alone')
    t.equal(admin?.text, engineHost)
    t.equal(admin?.attributes.port, `${settings.applicationPort}`)
    t.equal(admin?.attributes.port, `${enginePort}`)
    const contacts = elementsOf(document, 'contact').flatMap(pointsOf)
    t.strictSame(contacts.toSorted(), listenPoints(settings).map(pointText).toSorted(), engine)
  }
})

const pointText = ({ protocol, host, port }: { protocol: string; host: string; port: number }) =>
  `${protocol}/${host}:${port}`

/** The listen points of one `contact`, a SIP URI with its transports. */
function pointsOf({ text }: XmlElement): string[] {
  const [, address, transports = ''] = /^sip:([^;]+);transport=(.+)$/.exec(text) ?? []
  return transports.split(',').map(protocol => `${protocol}/${address}`)
}

t.test('a placeholder is no secret, there and here', async t => {
  const folder = t.testdir()
  for (const engine of ['switch', 'scp']) {
    const [admin] = elementsOf(xml(`drachtio/${engine}.conf.xml`), 'admin')
    const placeholder = admin?.attributes.secret ?? ''
    const path = join(folder, engine)
    makeSecretFile(path, placeholder)
    t.throws(() => secretFile(path), { code: 'SECRET_REFUSED' }, placeholder)
    for (const unit of ['drachtio@.service', 'freeswitch-mcscp.service']) {
      const refusal = text(`systemd/${unit}`).match(/^ExecStartPre=.*$/m)?.[0]
      t.match(refusal, placeholder, `${unit} does not start with it`)
    }
  }
  t.equal(
    paramsOf('freeswitch/autoload_configs/event_socket.conf.xml').password,
    '$${event_socket_password}',
  )
})

t.test('FreeSWITCH stands where our media engine stands', async t => {
  const profile = paramsOf('freeswitch/sip_profiles/mcscp.xml')
  const core = paramsOf('freeswitch/autoload_configs/switch.conf.xml')
  const socket = paramsOf('freeswitch/autoload_configs/event_socket.conf.xml')
  const mls = readSettings(mlsSettings, {})
  const scp = readSettings(scpSettings, {})
  const ivr = readSettings(ivrSettings, {})
  const sip = `${profile['sip-ip']}:${profile['sip-port']}`
  // biome-ignore format: table
  for (const [found, expected, because] of [
    [sip,                         `${media.sipHost}:${media.sipPort}`,  'SIP'],
    [scp.media.split(';')[0],     sip,                                  'where scp sends calls'],
    [mls.media.split(';')[0],     sip,                                  'where the switch sends announcements'],
    [profile['rtp-ip'],           media.rtpAddress,                     'audio'],
    [core['rtp-start-port'],      `${media.firstRtpPort}`,              'its first port'],
    [core['rtp-end-port'],        `${media.lastRtpPort}`,               'its last'],
    [core['max-sessions'],        `${media.mostCalls}`,                 'most calls'],
    [variables.media_timeout,     `${media.mediaTimeoutS * 1_000}`,     'calls without a packet'],
    [socket['listen-ip'],         '127.0.0.1',                          'the event socket on loopback alone'],
    [socket['listen-port'],       `${media.eventSocketPort}`,           'its port'],
    [variables.mcscp_charge_application, `${ivr.address}:${ivr.port}`,  'where ivr waits'],
    [variables.mcscp_charge_application, media.charge,                  'and where our engine looks for it'],
    [variables.mcscp_clips,       media.clips.replace(PRODUCT_FOLDER, INSTALLED),     'the clips, as installed'],
    [variables.mcscp_clips,       ivr.clipFolder.replace(PRODUCT_FOLDER, INSTALLED),  'as ivr names them'],
    [profile.context,             'mcscp',                              'calls meet our dialplan'],
    [profile['liberal-dtmf'],     'true',                               'keys by SIP INFO are taken'],
    [core.loglevel,               'warning',                            'digits are logged at info'],
  ] as const) {
    t.equal(found, expected, because)
  }
  for (const path of ['sip_profiles/mcscp.xml', 'autoload_configs/event_socket.conf.xml']) {
    t.equal(
      paramsOf(`freeswitch/${path}`)['apply-inbound-acl'],
      'mcscp',
      `${path}: who may come in`,
    )
  }
  const [list] = elementsOf(xml('freeswitch/autoload_configs/acl.conf.xml'), 'list')
  t.strictSame(list?.attributes, { name: 'mcscp', default: 'deny' })
  const levels = elementsOf(xml('freeswitch/autoload_configs/logfile.conf.xml'), 'map')
  t.strictSame(
    levels.map(({ attributes }) => attributes.value),
    ['warning,err,crit,alert'],
  )
})

t.test('its dialplan is our engine’s, and every announcement has its clip', async t => {
  const document = xml('freeswitch/dialplan/mcscp.xml')
  t.equal(document.attributes.name, 'mcscp')
  const theirs = elementsOf(document, 'extension').map(extension => ({
    destination: elementsOf(extension, 'condition').map(({ attributes }) => attributes),
    actions: elementsOf(extension, 'action').map(({ attributes: { application, data = '' } }) => [
      application,
      withVariables(data),
    ]),
  }))
  const ours = productDialplan(media).map(({ destination, actions }) => ({
    destination: [{ field: 'destination_number', expression: `^(?:${destination})$` }],
    actions: actions.map(([application, argument]) => [
      application,
      argument.replace(PRODUCT_FOLDER, INSTALLED),
    ]),
  }))
  t.strictSame(theirs, ours)

  const announcement = theirs.at(-1)
  const expression = new RegExp(announcement?.destination[0]?.expression ?? '(?!)')
  const [, playback] = announcement?.actions[1] ?? []
  for (const name of Object.keys(STATUS_AFTER)) {
    const [, group = ''] = expression.exec(`announcement-${name}`) ?? []
    const clip = playback?.replace('$1', group).replace(INSTALLED, PRODUCT_FOLDER) ?? ''
    t.ok(existsSync(clip), `${name}: ${clip}`)
  }
})

t.test('it loads the module of every application that ivr and the dialplan use', async t => {
  // biome-ignore format: table
  const HOME: Record<string, string> = {
    set: 'mod_dptools', unset: 'mod_dptools', answer: 'mod_dptools', pre_answer: 'mod_dptools',
    playback: 'mod_dptools', play_and_get_digits: 'mod_dptools', flush_dtmf: 'mod_dptools',
    hangup: 'mod_dptools', socket: 'mod_event_socket',
  }
  const modules = elementsOf(xml('freeswitch/autoload_configs/modules.conf.xml'), 'load').map(
    ({ attributes }) => attributes.module ?? '',
  )
  const ivr = readFileSync(join(PRODUCT_FOLDER, 'ivr/event-socket.ts'), 'utf8')
  const used = [
    ...[...ivr.matchAll(/xecute\(\s*'(\w+)'/g)].map(([, name = '']) => name),
    ...productDialplan(media).flatMap(({ actions }) => actions.map(([name]) => name)),
  ]
  t.ok(used.includes('play_and_get_digits') && used.includes('playback'))
  for (const name of new Set(used)) t.ok(modules.includes(HOME[name] ?? '?'), name)
  const needed = ['mod_sofia', 'mod_dialplan_xml', 'mod_sndfile', 'mod_tone_stream']
  t.strictSame(
    needed.filter(name => !modules.includes(name)),
    [],
  )
})

t.test('the units start what there is, by its name', async t => {
  const [, listed] = /\$\(node \/opt\/mcscp\/bin\/mcscp (\w+)/.exec(text('README.md')) ?? []
  const { code, told } = await mcscp({}, listed ?? '?')
  t.strictSame([code, told], [0, PROGRAMS.map(({ name }) => `${name}\n`).join('')])
  for (const name of readdirSync(join(DEPLOY, 'systemd'))) {
    if (!name.endsWith('.service') && !name.endsWith('.target')) continue
    const lines = text(`systemd/${name}`)
      .split('\n')
      .filter(line => line && !line.startsWith('#'))
    for (const line of lines) t.match(line, /^(\[[A-Z][a-z]+\]|[A-Za-z]+=.*)$/, `${name}: ${line}`)
  }
  const program = text('systemd/mcscp@.service')
  t.match(program, `ExecStart=/usr/bin/node ${INSTALLED}bin/mcscp %i`)
  const priority = text('systemd/mcscp@media.service.d/priority.conf').match(/^Nice=(.+)$/m)?.[1]
  t.equal(priority, mediaSettings.priority.default)
  t.match(text('systemd/freeswitch-mcscp.service'), new RegExp(`^Nice=${priority}$`, 'm'))
  for (const unit of ['mcscp@.service', 'drachtio@.service', 'freeswitch-mcscp.service']) {
    for (const line of [
      'NoNewPrivileges=yes',
      'ProtectSystem=strict',
      'UMask=0077',
      'PrivateTmp=yes',
    ]) {
      t.match(text(`systemd/${unit}`), new RegExp(`^${line}$`, 'm'), `${unit}: ${line}`)
    }
  }
})

t.test('every setting that deploy/ names is one of ours', async t => {
  const known = new Set(allSettings().map(({ setting }) => setting.name))
  const files = readdirSync(DEPLOY, { recursive: true, withFileTypes: true }).filter(entry =>
    entry.isFile(),
  )
  for (const { parentPath, name } of files) {
    const found = readFileSync(join(parentPath, name), 'utf8').match(/MCSCP_[A-Z_]+[A-Z]/g) ?? []
    for (const setting of found) t.ok(known.has(setting), `${name}: ${setting}`)
  }
})

t.test('Prometheus asks every program where it tells its metrics', async t => {
  const config = text('prometheus/prometheus.yml')
  const first = Number(/MCSCP_METRICS_PORT=(\d+)/.exec(config)?.[1])
  const asked = [
    ...config.matchAll(/targets: \['127\.0\.0\.1:(\d+)'\]\n +labels: \{ program: (\S+) \}/g),
  ]
  t.strictSame(
    asked.map(([, port, program]) => [program, Number(port)]),
    PROGRAMS.map(({ name }) => [name, metricsPortOf(first, name)]),
  )
  t.match(config, /type: Bearer\n +credentials_file: \/etc\//)
})

t.test('the board of Grafana is whole', async t => {
  const board = JSON.parse(text('grafana/mcscp.json'))
  const ids = board.panels.map(({ id }: { id: number }) => id)
  t.equal(new Set(ids).size, ids.length, 'no panel has another’s id')
  for (const { type, title, description, targets, gridPos } of board.panels) {
    t.ok(gridPos.x + gridPos.w <= 24, `${title} fits`)
    if (type === 'row') continue
    t.ok(description && targets.length > 0, `${title} says what it is`)
  }
})
