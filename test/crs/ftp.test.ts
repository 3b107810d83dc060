import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { enterPassiveModeIPv4 } from 'basic-ftp'
import t, { type Test } from 'tap'
import { ftpCertificateFile, ftpKeyFile, ftpPasswordFile } from '../../crs/config.js'
import { parseCommand, resolvePath } from '../../crs/ftp/command.js'
import { epochMs } from '../../domain/clock.js'
import { HOUR_MS } from '../../domain/jst.js'
import { encodeTrigger } from '../../domain/trigger-file.js'
import { sha256Of } from '../../platform/sha256.js'
import { BillingFtp } from '../support/billing-ftp.js'
import { type CrsDesk, chargeRecord, jst, NodeFiles, openCrs, until } from '../support/crs-desk.js'
import { RawFtpClient } from '../support/raw-ftp-client.js'

const BEGIN = jst('2000-12-01T22:00:00')

const ftpPort = (crs: CrsDesk) => Number(crs.running.listening.ftp?.split(':').at(-1))

/** CRS with an hour, a day's last hour, its close and another hour. */
async function openFilled(t: Test): Promise<CrsDesk> {
  const crs = await openCrs(t, { at: jst('2000-12-02T01:00:00') })
  const files = new NodeFiles('scp1', BEGIN)
  await crs.sender().deliver(files, epochMs(BEGIN + 3 * HOUR_MS), began => [chargeRecord(began)])
  await until(
    'the files',
    () => crs.lines.filter(l => l.msg === 'hourly file written').length === 4,
  )
  return crs
}

async function openBilling(t: Test, crs: CrsDesk): Promise<BillingFtp> {
  const billing = await BillingFtp.open(crs.home, ftpPort(crs))
  t.teardown(() => billing.close())
  return billing
}

t.test('F-01, F-07: billing sends a trigger, and fetches every closed file after it', async t => {
  const crs = await openFilled(t)
  const billing = await openBilling(t, crs)
  await billing.trigger(1, 0)
  const answer = await billing.answer(1)
  t.strictSame(
    answer.files.map(({ name }) => name),
    [
      '0000000001-2000120122.txt',
      '0000000002-2000120123.txt',
      '0000000003-20001201-close.txt',
      '0000000004-2000120200.txt',
    ],
    'day closes among the hours, in order',
  )
  for (const { name, length, sha256 } of answer.files) {
    t.equal(await billing.client.size(`/file/${name}`), length)
    const bytes = await billing.get(`/file/${name}`)
    t.ok(bytes.equals(readFileSync(join(crs.home.hourlyFiles, name))), `${name} as it is on disk`)
    t.equal(sha256Of(bytes), sha256)
  }
  const onDisk = answer.files.map(({ name }) => readFileSync(join(crs.home.hourlyFiles, name)))
  t.ok(
    (await billing.get('/file/0000000002-0000000004.all')).equals(Buffer.concat(onDisk.slice(1))),
    'several in one transfer, as they are on disk',
  )
  for (const [name, because] of [
    ['0000000002-0000000005.all', 'one of them is not closed yet'],
    ['0000000003-0000000002.all', 'none'],
    ['0000000001-0000000065.all', 'more than go together'],
    ['0000000000-0000000002.all', 'no such sequence'],
  ] as const) {
    await t.rejects(billing.get(`/file/${name}`), { code: 550 }, because)
  }
  await billing.trigger(2, 3, epochMs(5))
  t.strictSame(
    (await billing.answer(2)).files.map(({ sequence }) => sequence),
    [4],
  )
  await billing.trigger(3, 4)
  t.strictSame((await billing.answer(3)).files, [], 'none is an empty answer')

  const first = await billing.get('/answer/0000000001.ans')
  const files = new NodeFiles('scp1', BEGIN)
  while (files.until < BEGIN + 3 * HOUR_MS) files.next(began => [chargeRecord(began)])
  await crs.sender().deliver(files, epochMs(BEGIN + 4 * HOUR_MS))
  await crs.filesAre(5)
  await billing.trigger(1, 0)
  const again = await billing.get('/answer/0000000001.ans')
  t.ok(again.equals(first), 'the same trigger gives the same answer, whatever was closed since')
  t.equal(crs.alarms().filter(alarm => alarm !== 'FILE_MALFORMED').length, 0)
})

t.test('an exchange goes on over a restart of CRS between any two steps', async t => {
  const home = (
    await openFilled(t).then(async crs => {
      await crs.running.close()
      return crs
    })
  ).home
  /** One step in a start of CRS of its own. */
  const step = async <T>(run: (billing: BillingFtp) => Promise<T>): Promise<T> => {
    const crs = await openCrs(t, { home })
    const billing = await BillingFtp.open(home, ftpPort(crs))
    try {
      return await run(billing)
    } finally {
      billing.close()
      await crs.running.close()
    }
  }
  const text = encodeTrigger({ number: 1, lastSequence: 0, madeAt: epochMs(0) })
  await step(billing => billing.put('/trigger/0000000001.tmp', text))
  await t.rejects(
    step(billing => billing.client.rename('/trigger/0000000001.tmp', '/trigger/0000000001.trg')),
    /550/,
    'one that was not renamed is forgotten: billing sends it again',
  )
  await step(billing => billing.trigger(1, 0))
  const answer = await step(billing => billing.get('/answer/0000000001.ans'))
  await step(billing => billing.trigger(1, 0))
  t.ok(answer.equals(await step(billing => billing.get('/answer/0000000001.ans'))))
})

t.test('a trigger that does not follow is refused, and raises an alarm', async t => {
  const crs = await openFilled(t)
  const billing = await openBilling(t, crs)
  await billing.trigger(1, 0)
  const send = async (number: number, lastSequence: number, made: number) => {
    const before = crs.alarms().length
    const outcome = await billing.trigger(number, lastSequence, epochMs(made)).then(
      () => 'taken',
      error => `${error.message}`,
    )
    return [outcome, ...crs.alarms().slice(before)].join(' ')
  }
  // biome-ignore format: table
  for (const [number, last, made, outcome] of [
    [1, 0, 0, /^taken$/],
    [1, 0, 1, /^553 .*another content.* TRIGGER_REFUSED$/],
    [1, 1, 0, /^553 .*another content.* TRIGGER_REFUSED$/],
    [3, 0, 0, /^553 .*next trigger is 2.* TRIGGER_REFUSED$/],
    [2, 5, 0, /^553 .*closed is 4.* TRIGGER_REFUSED$/],
    [2, 4, 0, /^taken$/],
  ] as const) {
    t.match(await send(number, last, made), outcome, `${number}, ${last}`)
  }
  const right = encodeTrigger({ number: 3, lastSequence: 4, madeAt: epochMs(0) })
  // biome-ignore format: table
  for (const [text, why] of [
    ['x',                               /not a trigger/],
    [right.slice(0, 20),                /not a trigger/],
    [right.replace('R01', 'R02'),       /form 02/],
    [right.replace('0000000003', '0000000004'), /it has the number 4/],
  ] as const) {
    await billing.put('/trigger/0000000003.tmp', text)
    await t.rejects(billing.client.rename('/trigger/0000000003.tmp', '/trigger/0000000003.trg'), why)
  }
  await billing.put('/trigger/0000000003.tmp', right)
  await t.rejects(
    billing.client.rename('/trigger/0000000003.tmp', '/trigger/0000000004.trg'),
    /553/,
  )
  await t.rejects(billing.client.rename('/trigger/0000000003.tmp', '/answer/0000000003.ans'), /553/)
  await billing.client.rename('/trigger/0000000003.tmp', '/trigger/0000000003.trg')
  t.strictSame((await billing.answer(3)).files, [])
})

t.test('there is nothing but the three folders, and no way out of them', async t => {
  const crs = await openFilled(t)
  const billing = await openBilling(t, crs)
  await billing.trigger(1, 3)
  const list = async (path: string) => {
    await billing.client.send('TYPE I')
    const names: Buffer[] = []
    await passiveTransfer(billing, `NLST ${path}`, names)
    return Buffer.concat(names)
      .toString()
      .split('\r\n')
      .filter(name => name)
  }
  t.strictSame(await list('/'), ['trigger', 'answer', 'file'])
  t.strictSame(await list('/answer'), ['0000000001.ans'])
  t.equal((await list('file')).length, 4)
  await billing.client.cd('/file')
  t.equal(await billing.client.pwd(), '/file')
  t.strictSame(await list('../answer'), ['0000000001.ans'])
  for (const path of [
    '/etc/passwd',
    '../../../../etc/passwd',
    '/file/../../keys/ftp-billing',
    '/file/../keys/ftp-billing',
    '/file/%2e%2e/keys/ftp-billing',
    '/file/0000000001-2000120122.txt/../../store/crs.sqlite',
    '/file/0000000001-2000120123.txt',
    '/file/0000000005-2000120201.txt',
    '/file/0000000001-2000120122.txt.part',
    '/file',
    '/answer/0000000002.ans',
    '/answer/1.ans',
    '/trigger/0000000001.trg',
    '/trigger/0000000001.tmp',
  ]) {
    await t.rejects(billing.get(path), /550/, path)
    await t.rejects(billing.client.size(path), /550/, path)
  }
  for (const path of ['/file/x.txt', '/answer/0000000002.ans', '/trigger/0000000002.trg', '/x']) {
    await t.rejects(billing.put(path, 'x'), /553/, `nothing is taken as ${path}`)
  }
  await t.rejects(billing.client.cd('/keys'), /550/)
  await t.rejects(billing.put('/trigger/0000000002.tmp', 'x'.repeat(5_000)), /426/, 'nor too much')
  for (const command of [
    'DELE /file/0000000001-2000120122.txt',
    'SITE CHMOD 777 /',
    'PORT 1,2,3,4,5,6',
  ]) {
    await t.rejects(billing.client.send(command), /502/, command)
  }
  t.strictSame(resolvePath(['file'], '../../..//./answer/x'), ['answer', 'x'])
  t.strictSame(parseCommand('retr  a b'), { verb: 'RETR', argument: ' a b' })
  for (const line of ['', 'RETRY x', 'constructor', 'RETR\tx'])
    t.equal(parseCommand(line), undefined)
})

/** Runs a command whose answer comes over a data connection. */
async function passiveTransfer(
  billing: BillingFtp,
  command: string,
  into: Buffer[],
): Promise<void> {
  await enterPassiveModeIPv4(billing.client.ftp)
  const { dataSocket } = billing.client.ftp
  if (!dataSocket) throw new Error('there is no data connection')
  const ended = once(dataSocket, 'end')
  dataSocket.on('data', part => into.push(part))
  const sent = billing.client.ftp.handle(command, (answer, task) => {
    if (answer instanceof Error) task.reject(answer)
    else if (answer.code >= 200) task.resolve(answer)
  })
  await Promise.all([ended, sent])
  billing.client.ftp.dataSocket = undefined
}

t.test('before TLS nothing is read but AUTH, FEAT and QUIT', async t => {
  const crs = await openCrs(t)
  const client = await RawFtpClient.open(t, ftpPort(crs))
  const password = readFileSync(ftpPasswordFile(crs.home), 'utf8').trimEnd()
  // biome-ignore format: table
  for (const [line, reply] of [
    ['USER billing',      /^530 .*AUTH TLS/],
    [`PASS ${password}`,  /^530 /],
    ['EPSV',              /^530 /],
    ['RETR /file/x',      /^530 /],
    ['AUTH SSL',          /^504 /],
    ['nonsense',          /^502 /],
    ['FEAT',              /^211 /],
    ['AUTH TLS',          /^234 /],
  ] as const) {
    t.match(await client.ask(line), reply, line.replace(password, '…'))
  }
  await client.secure(crs.home)
  // biome-ignore format: table
  for (const [line, reply] of [
    ['AUTH TLS',          /^503 /],
    ['RETR /file/x',      /^530 Log in/],
    ['PASS x',            /^503 /],
    ['PROT P',            /^503 /],
    ['USER billing',      /^331 /],
    [`PASS ${password}`,  /^230 /],
    ['USER billing',      /^503 /],
    ['TYPE I',            /^200 /],
    ['RETR /file/x',      /^550 /],
    ['NLST /',            /^425 /],
    ['EPSV 2',            /^522 .*\(1\)/],
    ['EPSV ALL',          /^200 /],
    ['EPSV',              /^229 .*\|\|\|\d+\|/],
    ['NLST /',            /^521 /],
    ['PBSZ 4',            /^501 /],
    ['PBSZ 0',            /^200 /],
    ['PROT C',            /^534 /],
    ['PROT P',            /^200 /],
    ['TYPE E',            /^504 /],
    ['TYPE A',            /^200 /],
    ['RETR /file/x',      /^504 /],
    ['RNTO /trigger/x',   /^503 /],
    ['NOOP',              /^200 /],
    ['QUIT',              /^221 /],
  ] as const) {
    t.match(await client.ask(line), reply, line.replace(password, '…'))
  }
  await until('the end', () => client.ended)

  const eager = await RawFtpClient.open(t, ftpPort(crs))
  eager.write('AUTH TLS\r\nUSER billing\r\n')
  await until('the end', () => eager.ended)
  t.pass('what is sent in clear behind AUTH is not read as if it were secured')
  const long = await RawFtpClient.open(t, ftpPort(crs))
  long.write('X'.repeat(2_000))
  t.match(await long.reply(), /^500 /)
  const secrets = crs.lines.filter(line => JSON.stringify(line).includes(password))
  t.strictSame(secrets, [], 'no log holds the password')
})

t.test('a wrong password is answered late, a right one at once, and tries are bounded', async t => {
  const crs = await openCrs(t)
  const port = ftpPort(crs)
  await t.rejects(BillingFtp.open(crs.home, port, 'guessed'), /530/)
  t.strictSame(crs.alarms(), ['LOG_IN_REFUSED'])
  const guessing = await RawFtpClient.open(t, port)
  await guessing.ask('AUTH TLS')
  await guessing.secure(crs.home)
  const tried: string[] = []
  for (const user of ['root', 'billing', 'billing']) {
    tried.push(await guessing.ask(`USER ${user}`), await guessing.ask('PASS guessed'))
    if (user === 'root') (await openBilling(t, crs)).close()
  }
  t.match(tried, [/^331/, /^530/, /^331/, /^530/, /^331/, /^421/], 'the same for every name')
  await until('the end', () => guessing.ended)
  t.strictSame(crs.alarms(), ['LOG_IN_REFUSED'], 'one alarm a minute')
})

t.test('connections are bounded, and none stays for nothing', async t => {
  const crs = await openCrs(t, { given: { MCSCP_CRS_FTP_CONNECTIONS_MAX: '3' } })
  const port = ftpPort(crs)
  const open = await Promise.all([1, 2, 3].map(() => RawFtpClient.open(t, port)))
  const fourth = connect(port, '127.0.0.1')
  t.teardown(() => fourth.destroy())
  const [told] = await once(fourth, 'data')
  t.match(`${told}`, /^421 Too many/)
  t.match(await open[0]?.ask('QUIT'), /^221 /)
  await until('the end', () => open[0]?.ended)
  await until('room for another', async () => {
    const answer = await (await RawFtpClient.open(t, port)).ask('FEAT')
    return answer.startsWith('211 ')
  })

  const brief = await openCrs(t, { given: { MCSCP_CRS_FTP_IDLE_S: '1' } })
  const silent = await RawFtpClient.open(t, ftpPort(brief))
  t.match(await silent.reply(), /^421 Nothing was asked/)
  await until('the end', () => silent.ended)
})

t.test('a data connection is of the same client, under the same TLS session', async t => {
  const crs = await openFilled(t)
  const billing = await openBilling(t, crs)
  const passive = async () => {
    const { message } = await billing.client.send('EPSV')
    return Number(/\|\|\|(\d+)\|/.exec(message)?.[1])
  }
  const ca = readFileSync(ftpCertificateFile(crs.home))

  const stranger = connectTls({ port: await passive(), host: '127.0.0.1', ca })
  stranger.on('error', () => {})
  const got: Buffer[] = []
  stranger.on('data', part => got.push(part))
  t.match(await settled(billing, 'RETR /file/0000000001-2000120122.txt'), /^425 .*TLS session/)
  t.strictSame(got, [], 'who slips in gets nothing')
  stranger.destroy()

  const clear = connect(await passive(), '127.0.0.1')
  clear.on('error', () => {})
  clear.end('R01')
  t.match(await settled(billing, 'STOR /trigger/0000000001.tmp'), /^425 /)
  await t.rejects(
    billing.client.rename('/trigger/0000000001.tmp', '/trigger/0000000001.trg'),
    /550/,
  )

  const port = await passive()
  const again = await passive()
  t.not(port, again)
  await t.rejects(once(connect(port, '127.0.0.1'), 'connect'), /ECONNREFUSED/, 'one port at a time')
  t.equal((await billing.get('/file/0000000001-2000120122.txt')).length > 0, true)
})

/** The last reply to a command, whatever it says. */
const settled = (billing: BillingFtp, command: string): Promise<string> =>
  billing.client.ftp.handle(command, (answer, task) => {
    if (answer instanceof Error) task.resolve(answer.message)
    else if (answer.code >= 200) task.resolve(answer.message)
  })

t.test('what is sent or fetched by halves is forgotten', async t => {
  const crs = await openFilled(t)
  const billing = await openBilling(t, crs)
  const { client } = billing
  await enterPassiveModeIPv4(client.ftp)
  const { dataSocket } = client.ftp
  const outcome = settled(billing, 'STOR /trigger/0000000001.tmp')
  await once(dataSocket as TLSSocket, 'secureConnect')
  dataSocket?.write(encodeTrigger({ number: 1, lastSequence: 0, madeAt: epochMs(0) }).slice(0, 20))
  await wait(0)
  dataSocket?.destroy()
  t.match(await outcome, /^(426|226) /)
  await t.rejects(client.rename('/trigger/0000000001.tmp', '/trigger/0000000001.trg'), /55[03]/)
  await billing.trigger(1, 0)
  t.equal((await billing.answer(1)).files.length, 4)
})

t.test('key and certificate are made once, the key for its owner alone', async t => {
  const first = await openCrs(t)
  const file = (path: string) => readFileSync(path, 'utf8')
  const { home } = first
  const made = [file(ftpKeyFile(home)), file(ftpCertificateFile(home))]
  t.equal(statSync(ftpKeyFile(home)).mode & 0o777, 0o600)
  await first.running.close()
  const second = await openCrs(t, { home })
  t.strictSame([file(ftpKeyFile(home)), file(ftpCertificateFile(home))], made)
  await openBilling(t, second)
  t.pass('billing, which trusts this certificate alone, is let in')
})
