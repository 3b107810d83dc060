import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import t, { type Test } from 'tap'
import { epochMs } from '../../domain/clock.js'
import { ROLES, type Role } from '../../domain/role.js'
import { openStoreToRead } from '../../platform/store.js'
import { ACTS } from '../../scp/office/acts.js'
import { auditHash, NO_HASH } from '../../scp/office/audit-entry.js'
import { QuarterHourCloser } from '../../scp/quarter-hour/closer.js'
import { APPROVAL_MS } from '../../scp/rules/approval.js'
import { type AuditCheck, checkAudit } from '../../scp/store/audit-check.js'
import { AuditLog } from '../../scp/store/audit-log.js'
import { lockHandset, openOffice, person } from '../support/office-desk.js'
import { sampleOf } from '../support/office-samples.js'
import { jst } from '../support/scp-desk.js'
import { phone } from '../support/scp-values.js'

const slow = { timeout: 120_000 }
t.setTimeout(slow.timeout)

type Office = Awaited<ReturnType<typeof openOffice>>

const NEEDING_APPROVAL = ACTS.filter(({ approvedBy }) => approvedBy.length > 0)

/** An act asked for by somebody who may, who could approve it, and the digest. */
async function asked({ act }: Office, { name, by, approvedBy }: (typeof ACTS)[number]) {
  const [asking = 'viewer'] = by
  const approving = approvedBy.find(role => role !== asking) ?? 'viewer'
  const { status, body } = await act(name, person(asking, 'asker'), sampleOf(name))
  if (status !== 202) throw new Error(`${name} does not wait: ${status} ${JSON.stringify(body)}`)
  return { asking, approving, approval: body.approval, sha256: body.sha256 as string }
}

/** Changes a store as somebody would who can write to its file. */
function tamper(file: string, ...statements: readonly string[]): void {
  const opened = new Sqlite(file)
  const triggers = opened.prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'").pluck()
  for (const name of triggers.all()) opened.exec(`DROP TRIGGER ${name}`)
  for (const statement of statements) opened.exec(statement)
  opened.close()
}

t.test(
  'XW7: no act passes without another person of another role, in time, for what was seen',
  slow,
  async t => {
    const office = await openOffice(t)
    const { desk, decide, audit } = office
    const attempts: string[] = []
    const refused = async (name: string, because: string, approval: number, deciding: Deciding) => {
      const { status, body } = await decide(approval, deciding)
      t.match(body, { outcome: 'refused', because }, `${name}, ${because}`)
      t.ok([403, 404, 409].includes(status), `${status}`)
      attempts.push(`${deciding.by.name} ${deciding.by.role} ${because}`)
    }
    for (const one of NEEDING_APPROVAL) {
      const { name, approvedBy } = one
      const { asking, approving, approval, sha256 } = await asked(office, one)
      const other = person(approving, 'second')
      const may = (role: Role) => (approvedBy.includes(role) ? 'same_role' : 'role_not_allowed')
      const without = ROLES.filter(role => !approvedBy.includes(role))
      await refused(name, 'own_request', approval, { by: person(approving, 'asker'), sha256 })
      await refused(name, may(asking), approval, { by: person(asking, 'second'), sha256 })
      for (const role of without) {
        await refused(name, 'role_not_allowed', approval, { by: person(role, 'third'), sha256 })
      }
      await refused(name, 'changed_payload', approval, { by: other, sha256: 'f'.repeat(64) })
      await refused(name, 'unknown_approval', 999_999, { by: other, sha256 })
      const decision = 'withdraw'
      await refused(name, 'not_the_requester', approval, { by: other, sha256, decision })
      t.match(await decide(approval, { by: other, sha256, decision: 'refuse' }), { status: 200 })
      await refused(name, 'decided', approval, { by: other, sha256 })

      const late = await asked(office, one)
      desk.clock.set(epochMs(desk.clock.now() + APPROVAL_MS))
      await refused(name, 'stale', late.approval, { by: other, sha256: late.sha256 })
      const withdrawn = await asked(office, one)
      const own = { by: person(asking, 'asker'), sha256: withdrawn.sha256 }
      t.match(await decide(withdrawn.approval, { ...own, decision }), { status: 200 })
      await refused(name, 'decided', withdrawn.approval, { by: other, sha256: withdrawn.sha256 })
    }
    const entries: { person: string; role: string; because: string; outcome: string }[] =
      await audit()
    const noted = entries.filter(({ outcome }) => outcome === 'rejected')
    t.strictSame(
      noted.map(({ person, role, because }) => `${person} ${role} ${because}`),
      attempts,
      `all ${attempts.length} attempts stand in the log`,
    )
    t.notOk(
      entries.some(({ outcome }) => outcome === 'performed'),
      'and nothing was done',
    )
    t.match(await office.check(), { outcome: 'whole', entries: entries.length })
    await office.close()
  },
)

type Deciding = Parameters<Office['decide']>[1]

t.test('XW7: who may not ask for an act does not get it', slow, async t => {
  const office = await openOffice(t)
  let tried = 0
  for (const { name, by } of ACTS) {
    const payload = sampleOf(name)
    for (const role of ROLES.filter(role => !by.includes(role))) {
      const { status, body } = await office.act(name, person(role), payload)
      t.match({ status, ...body }, { status: 403, because: 'role_not_allowed' }, `${name}, ${role}`)
      tried++
    }
  }
  t.equal((await office.audit()).length, tried)
  t.ok(tried > ACTS.length, `${tried} attempts`)
  await office.close()
})

t.test('XW7: what was changed in the store after it was asked for is not done', async t => {
  const office = await openOffice(t)
  const { desk, act, decide, get } = office
  for (const n of [1, 2, 3]) await lockHandset(desk, phone(n))
  const { body } = await act('unlock_handsets', person('operator'), sampleOf('unlock_handsets'))
  const { sha256 } = body
  const changed = JSON.stringify({ msisdns: [phone(1), phone(3)] })
  tamper(desk.file, `UPDATE approval SET payload = '${changed}'`)
  const seen = (await get('approvals/1')).body
  t.ok(seen.changed, 'who looks is told')
  for (const digest of [sha256, seen.sha256]) {
    const answer = await decide(1, { by: person('supervisor'), sha256: digest })
    t.match(answer, { status: 409, body: { because: 'changed_payload' } })
  }
  await office.close()
})

t.test('XW7: an approval is used once', async t => {
  const office = await openOffice(t)
  const { desk, act, decide } = office
  const lock = async () => {
    for (const n of [1, 2]) await lockHandset(desk, phone(n))
  }
  await lock()
  const { body } = await act('unlock_handsets', person('operator'), sampleOf('unlock_handsets'))
  const deciding = { by: person('supervisor'), sha256: body.sha256 }
  desk.clock.set(epochMs(desk.clock.now() + APPROVAL_MS - 1))
  t.match(await decide(1, deciding), { status: 200 }, 'in the last moment of the seventh day')
  await lock()
  t.match(await decide(1, deciding), { status: 409, body: { because: 'decided' } })
  t.equal(
    (await desk.store.ask('permission', await desk.call(phone(1)))).permission.outcome,
    'locked',
  )
  await office.close()
})

/** A log of six entries, the first five on a day that is closed; answers the store's file. */
async function sixEntries(t: Test) {
  const office = await openOffice(t)
  const { desk } = office
  const act = (n: number) => office.act('unlock_handset', person('operator'), { msisdn: phone(n) })
  for (const n of [1, 2]) await lockHandset(desk, phone(n))
  for (const n of [1, 2, 3, 4, 5]) await act(n)
  desk.clock.set(jst('2001-01-16T00:00:00'))
  await act(6)
  const lines: { day?: string; auditHash?: string }[] = []
  const log = { info: (line: object) => void lines.push(line), error: () => t.fail() }
  const closer = new QuarterHourCloser({
    ...{ store: desk.store, clock: desk.clock, log },
    write: closed => desk.read('writeFiles', closed),
    writeDayCloses: closed => desk.read('writeDayCloses', closed),
  })
  await closer.run()
  await closer.close()
  const entries: { hash: string }[] = await office.audit()
  const check: AuditCheck = await office.check()
  await office.close()
  return { file: desk.file, folder: t.testdirName, lines, entries, check }
}

t.test('§5.5: each day’s close tells the last hash that the log had by its end', async t => {
  const { lines, entries, check } = await sixEntries(t)
  const hash = entries[4]?.hash
  t.match(
    lines.find(({ day }) => day !== undefined),
    { day: '2001-01-15', auditHash: hash },
  )
  t.strictSame(check, {
    ...{ outcome: 'whole', entries: 6, lastHash: entries[5]?.hash },
    anchors: [{ day: '2001-01-15', sequence: 5, hash }],
  })
})

t.test('I11: an entry that was changed or taken away is found and named', async t => {
  const { file, folder } = await sixEntries(t)
  const copy = join(folder, 'copy.db')
  const after = (...statements: string[]) => {
    copyFileSync(file, copy)
    tamper(copy, ...statements)
    const reader = openStoreToRead(copy)
    const found = checkAudit(reader)
    reader.close()
    return found
  }
  const entry = (set: string) => `UPDATE audit_entry SET ${set} WHERE sequence = 3`
  const altered = { outcome: 'altered', sequence: 3 }
  // biome-ignore format: table
  for (const [statement, found, because] of [
    ['',                                                 { outcome: 'whole' },                                    'nothing'],
    [entry('at = at - 1'),                               altered,                                                 'another time'],
    [entry("person = 'eve'"),                            altered,                                                 'another person'],
    [entry("role = 'auditor'"),                          altered,                                                 'another role'],
    [entry("act = 'other'"),                             altered,                                                 'another act'],
    [entry("outcome = 'performed'"),                     altered,                                                 'another outcome'],
    [entry("subject = '09000000009'"),                   altered,                                                 'another handset'],
    [entry("reason = 'none'"),                           altered,                                                 'another reason'],
    [entry('approval = 7'),                              altered,                                                 'an approval'],
    [entry("approver = 'eve'"),                          altered,                                                 'an approver'],
    [entry("approver_role = 'supervisor'"),              altered,                                                 'an approver’s role'],
    [entry('because = NULL'),                            altered,                                                 'no cause'],
    [entry(`before = '{"locked":true}'`),                altered,                                                 'another past'],
    [entry(`after = '{"locked":true}'`),                 altered,                                                 'another result'],
    [entry('hash = zeroblob(32)'),                       altered,                                                 'another hash'],
    [entry('previous_hash = zeroblob(32)'),              altered,                                                 'another link'],
    ['DELETE FROM audit_entry WHERE sequence = 3',       { outcome: 'missing', sequence: 3 },                     'one taken out'],
    ['DELETE FROM audit_entry WHERE sequence = 1',       { outcome: 'missing', sequence: 1 },                     'the first one'],
    ['DELETE FROM audit_entry WHERE sequence > 4',       { outcome: 'cut', sequence: 5, day: '2001-01-15' },      'the tail of a closed day'],
    ['DELETE FROM audit_entry',                          { outcome: 'cut', sequence: 5, day: '2001-01-15' },      'all'],
  ] as const) {
    t.match(after(statement), found, because)
  }
  t.match(forgedFrom(copy, file), { outcome: 'cut', sequence: 5 }, 'a chain that was forged anew')
  for (const statement of [entry("reason = 'none'"), 'DELETE FROM audit_entry']) {
    const opened = new Sqlite(file)
    t.throws(() => opened.exec(statement), /never/, 'the store itself lets nobody do that')
    opened.close()
  }
})

/** Changes an entry and computes every hash after it anew, as somebody would who knows how. */
function forgedFrom(copy: string, file: string): AuditCheck {
  copyFileSync(file, copy)
  tamper(copy, "UPDATE audit_entry SET reason = 'none' WHERE sequence = 3")
  const opened = new Sqlite(copy)
  const set = opened.prepare(
    'UPDATE audit_entry SET previous_hash = ?, hash = ? WHERE sequence = ?',
  )
  let previous = NO_HASH
  for (const entry of [...new AuditLog(opened).entries()]) {
    const hash = auditHash(entry, previous)
    set.run(previous, hash, entry.sequence)
    previous = hash
  }
  const found = checkAudit(opened)
  opened.close()
  return found
}
