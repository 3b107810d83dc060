import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ftpCertificateFile, ftpPasswordFile } from '../../crs/config.js'
import { epochMs } from '../../domain/clock.js'
import { HOUR_MS } from '../../domain/jst.js'
import { decodeTriggerAnswer } from '../../domain/trigger-answer.js'
import { encodeTrigger } from '../../domain/trigger-file.js'
import { sha256 } from '../../platform/sha256.js'
import { chargeRecord, jst, NodeFiles, openCrs } from '../support/crs-desk.js'

const BEGIN = jst('2000-12-01T10:00:00')

/** Runs curl; what it wrote, and its exit code. `undefined` where there is no curl. */
async function curl(...words: string[]): Promise<{ code: number; out: Buffer } | undefined> {
  const child = spawn('curl', ['--silent', '--max-time', '30', ...words], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const parts: Buffer[] = []
  child.stdout.on('data', part => parts.push(part))
  const ended = once(child, 'close')
  const failed = once(child, 'error').then(() => 'no curl')
  const code = await Promise.race([ended.then(([one]) => Number(one)), failed])
  return typeof code === 'string' ? undefined : { code, out: Buffer.concat(parts) }
}

const skip = (await curl('--version')) ? false : 'there is no curl (apt-get install curl)'

t.test('F-07: curl, a client that is not ours, makes an exchange with CRS', { skip }, async t => {
  const crs = await openCrs(t)
  const files = new NodeFiles('scp1', BEGIN)
  await crs.sender().deliver(files, epochMs(BEGIN + HOUR_MS), began => [chargeRecord(began)])
  const [name = ''] = await crs.filesAre(1)
  const password = readFileSync(ftpPasswordFile(crs.home), 'utf8').trimEnd()
  const at = (path: string) => `${crs.running.listening.ftp}/${path}`
  const secured = (...words: string[]) =>
    curl(
      '--ssl-reqd',
      '--cacert',
      ftpCertificateFile(crs.home),
      '--user',
      `billing:${password}`,
      ...words,
    )

  const trigger = join(crs.home.folder, 'trigger')
  writeFileSync(trigger, encodeTrigger({ number: 1, lastSequence: 0, madeAt: BEGIN }))
  const renamed = ['-RNFR /trigger/0000000001.tmp', '-RNTO /trigger/0000000001.trg']
  const quotes = renamed.flatMap(one => ['--quote', one])
  t.match(await secured('-T', trigger, ...quotes, at('trigger/0000000001.tmp')), { code: 0 })
  t.match(`${(await secured('--list-only', at('answer/')))?.out}`, /^0000000001.ans\r?\n$/)
  const answer = await secured(at('answer/0000000001.ans'))
  const read = decodeTriggerAnswer(answer?.out.toString('latin1') ?? '', sha256())
  t.match(read, { outcome: 'whole', answer: { files: [{ sequence: 1, name }] } })
  const fetched = await secured('--disable-epsv', at(`file/${name}`))
  t.ok(fetched?.out.equals(readFileSync(join(crs.home.hourlyFiles, name))), 'by PASV too')

  t.not((await curl('--user', `billing:${password}`, at(`file/${name}`)))?.code, 0, 'not in clear')
  const trusting = await curl('--ssl-reqd', '--user', `billing:${password}`, at(`file/${name}`))
  t.equal(trusting?.code, 60, 'nobody else vouches for the certificate')
})
