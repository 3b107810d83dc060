import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { RULE, RUN } from './subscribers.js'

/** PostgreSQL's user: it does not run as root. */
const USER = 'nobody'

/** What one run came to, to hold against the product’s. */
export interface RunSums {
  readonly invoices: number
  readonly gross: number
  readonly applied: number
  readonly forfeited: number
  readonly carriedOut: number
}

const schemaOf = (count: number): string => `
  CREATE TABLE contract (contract_no int PRIMARY KEY, msisdn text NOT NULL, customer text NOT NULL,
    began date NOT NULL, ended date, monthly int NOT NULL);
  CREATE TABLE usage_line (month text, contract_no int, item text, amount int NOT NULL,
    PRIMARY KEY (month, contract_no, item));
  CREATE TABLE ledger_entry (entry_no bigserial PRIMARY KEY, contract_no int NOT NULL, kind text NOT NULL,
    amount int NOT NULL, month text NOT NULL, occurred_at date NOT NULL);
  CREATE INDEX ON ledger_entry (contract_no, entry_no);
  CREATE TABLE calculated_invoice (month text, contract_no int, gross int NOT NULL, body jsonb NOT NULL,
    PRIMARY KEY (month, contract_no));
  CREATE TABLE month_application (month text, contract_no int, invoice int NOT NULL, carried_in int NOT NULL,
    registered int NOT NULL, expired int NOT NULL, applied int NOT NULL, forfeited int NOT NULL,
    carried_out int NOT NULL, valid_through text, PRIMARY KEY (month, contract_no));
  CREATE TABLE aris_update (number bigserial PRIMARY KEY, body jsonb NOT NULL);
  INSERT INTO contract SELECT n, '090' || lpad(n::text, 8, '0'), 'Customer ' || n, '1996-06-15',
    CASE WHEN ${RULE.ended} THEN date '2001-01-20' END, 4500 FROM generate_series(1, ${count}) n;
  INSERT INTO usage_line SELECT '${RUN}', n, 'call', 10 + ${RULE.call} FROM generate_series(1, ${count}) n;
  INSERT INTO usage_line SELECT '${RUN}', n, 'packet', 10 + ${RULE.packet} FROM generate_series(1, ${count}) n;
  INSERT INTO ledger_entry (contract_no, kind, amount, month, occurred_at)
    SELECT n, 'charge', ${RULE.chargedBeforeYen}, '2000-12', '2000-12-10'
    FROM generate_series(1, ${count}) n WHERE ${RULE.chargedBefore};
  INSERT INTO ledger_entry (contract_no, kind, amount, month, occurred_at)
    SELECT n, 'charge', ${RULE.chargedYen}, '${RUN}', '2001-01-10'
    FROM generate_series(1, ${count}) n WHERE ${RULE.charged};
  ANALYZE;`

/** The month in one statement: fee, usage, both discounts, tax, validity, application, and all that is kept. */
const RUN_SQL = `
WITH used AS (
  SELECT contract_no, coalesce(sum(amount) FILTER (WHERE item = 'call'), 0)::int AS call,
    coalesce(sum(amount) FILTER (WHERE item = 'packet'), 0)::int AS packet
  FROM usage_line WHERE month = '${RUN}' GROUP BY contract_no),
money AS (
  SELECT contract_no, sum(amount) FILTER (WHERE month < '${RUN}')::int AS carried_in,
    sum(amount) FILTER (WHERE month = '${RUN}')::int AS registered,
    max(occurred_at) FILTER (WHERE kind = 'charge') AS last_charge
  FROM ledger_entry WHERE month <= '${RUN}' GROUP BY contract_no),
lines AS (
  SELECT contract_no, msisdn, customer, ended, monthly, call, packet,
    CASE WHEN date_part('year', age('2001-01-31', began)) BETWEEN 4 AND 4
      THEN -(floor((monthly * 12 + 500) / 1000.0) * 10)::int ELSE 0 END AS continuation,
    CASE WHEN call >= 5000 THEN -floor(call * 5 / 100.0)::int ELSE 0 END AS volume,
    coalesce(carried_in, 0) AS carried_in, coalesce(registered, 0) AS registered,
    date_trunc('month', last_charge) + CASE WHEN extract(day FROM last_charge) = 1
      THEN interval '23 months' ELSE interval '24 months' END AS good_through
  FROM contract JOIN used USING (contract_no) LEFT JOIN money USING (contract_no)),
taxed AS (
  SELECT *, monthly + continuation + call + volume + packet AS net,
    floor((monthly + continuation + call + volume + packet) * 5 / 100.0)::int AS tax FROM lines),
valid AS (
  SELECT *, net + tax AS gross, carried_in + registered AS offered,
    coalesce(good_through >= '2001-02-01', false) AS is_valid FROM taxed),
applied AS (
  SELECT *, CASE WHEN is_valid THEN least(offered, gross) ELSE 0 END AS applied,
    CASE WHEN is_valid THEN 0 ELSE offered END AS expired FROM valid),
settled AS (
  SELECT *, CASE WHEN ended IS NOT NULL THEN offered - expired - applied ELSE 0 END AS forfeited,
    CASE WHEN ended IS NULL THEN offered - expired - applied ELSE 0 END AS carried_out FROM applied),
invoices AS (
  INSERT INTO calculated_invoice SELECT '${RUN}', contract_no, gross, jsonb_build_object('m', msisdn,
    'c', customer, 'l', jsonb_build_array(jsonb_build_array('basic', monthly),
      jsonb_build_array('continuation-discount', continuation), jsonb_build_array('call', call),
      jsonb_build_array('volume-discount', volume), jsonb_build_array('packet', packet)),
    'x', jsonb_build_array(5, net, tax)) FROM settled ORDER BY contract_no),
applications AS (
  INSERT INTO month_application SELECT '${RUN}', contract_no, gross, carried_in, registered, expired,
    applied, forfeited, carried_out, CASE WHEN carried_out > 0 THEN to_char(good_through, 'YYYY-MM') END
  FROM settled ORDER BY contract_no),
taken AS (
  SELECT contract_no, kind, amount FROM settled CROSS JOIN LATERAL (VALUES ('expiry', expired),
    ('application', applied), ('cancellation', forfeited)) AS entry (kind, amount) WHERE amount > 0),
entries AS (
  INSERT INTO ledger_entry (contract_no, kind, amount, month, occurred_at)
  SELECT contract_no, kind, -amount, '${RUN}', '2001-02-08' FROM taken ORDER BY contract_no),
told AS (
  INSERT INTO aris_update (body)
  SELECT jsonb_build_object('kind', 'entry', 'contractNo', contract_no, 'amount', -amount, 'month', '${RUN}')
    FROM taken
  UNION ALL SELECT jsonb_build_object('kind', 'invoice', 'contractNo', contract_no, 'month', '${RUN}',
    'appliedYen', applied, 'carriedOutYen', carried_out) FROM settled)
SELECT count(*), sum(gross), sum(applied), sum(forfeited), sum(carried_out) FROM settled;`

/** The peer, where PostgreSQL is installed: the same month by one statement. */
export async function runOnPostgresql(
  count: number,
): Promise<{ readonly seconds: number; readonly sums: RunSums } | undefined> {
  const installed = ['initdb', 'postgres', 'psql'].every(
    program => spawnSync('which', [program], { stdio: 'ignore' }).status === 0,
  )
  if (!installed) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'mcscp-bench-postgresql-'))
  const id = (of: '-u' | '-g') => Number(execFileSync('id', [of, USER]).toString())
  const user = process.getuid?.() === 0 ? { uid: id('-u'), gid: id('-g') } : undefined
  if (user) chownSync(folder, user.uid, user.gid)
  const who = { ...user, cwd: folder }
  const database = join(folder, 'database')
  const quiet = { ...who, stdio: 'ignore' } as const
  execFileSync('initdb', ['-D', database, '-U', 'bench', '--auth=trust', '-E', 'UTF8'], quiet)
  const server = spawn('postgres', ['-D', database, '-k', folder, '-c', 'listen_addresses='], quiet)
  const psql = (sql: string) =>
    spawnSync('psql', ['-h', folder, '-U', 'bench', '-AtF,', '-v', 'ON_ERROR_STOP=1', 'postgres'], {
      ...who,
      input: sql,
    })
  try {
    while (psql('SELECT 1').status !== 0) {
      if (server.exitCode !== null) throw new Error('PostgreSQL did not start')
      await after(100)
    }
    const filled = psql(schemaOf(count))
    if (filled.status !== 0) throw new Error(`PostgreSQL: ${filled.stderr}`)
    const began = performance.now()
    const ran = psql(RUN_SQL)
    const seconds = (performance.now() - began) / 1_000
    if (ran.status !== 0) throw new Error(`PostgreSQL: ${ran.stderr}`)
    const [invoices = 0, gross = 0, applied = 0, forfeited = 0, carriedOut = 0] = `${ran.stdout}`
      .trim()
      .split(',')
      .map(Number)
    return { seconds, sums: { invoices, gross, applied, forfeited, carriedOut } }
  } finally {
    const ended = once(server, 'exit')
    server.kill('SIGINT')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
}
