import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'

/** Cards that pgbench may redeem, and how long a round of it takes, in s. */
const CARDS = 400_000
const SECONDS = 5

/** PostgreSQL's user: it does not run as root. */
const USER = 'nobody'

const SCHEMA = `
  CREATE TABLE card (serial bigint PRIMARY KEY, pin_digest bytea NOT NULL UNIQUE,
    face_value int NOT NULL, used_by bigint);
  CREATE TABLE handset_lock (msisdn bigint PRIMARY KEY, locked_at bigint);
  CREATE TABLE month_total (msisdn bigint, month int, registered int NOT NULL,
    PRIMARY KEY (msisdn, month));
  CREATE TABLE charge_record (sequence bigserial PRIMARY KEY, serial bigint NOT NULL UNIQUE,
    msisdn bigint NOT NULL, face_value int NOT NULL, charged_at timestamptz NOT NULL);
  CREATE SEQUENCE next_card CACHE 100;
  INSERT INTO card SELECT n, sha256(n::text::bytea), 1000, NULL FROM generate_series(1, ${CARDS}) n;
  VACUUM ANALYZE;`

/** The same checks as the product's: lock, claim, cap, record; in one transaction. */
const SCRIPT = `
\\set msisdn random(1, 20000)
BEGIN;
SELECT locked_at FROM handset_lock WHERE msisdn = :msisdn;
UPDATE card SET used_by = :msisdn WHERE pin_digest =
  sha256((SELECT nextval('next_card'))::text::bytea) AND used_by IS NULL
  RETURNING serial, face_value \\gset
INSERT INTO month_total VALUES (:msisdn, 202611, :face_value) ON CONFLICT (msisdn, month) DO UPDATE
  SET registered = month_total.registered + excluded.registered
  WHERE month_total.registered + excluded.registered <= 50000 RETURNING registered;
INSERT INTO charge_record (serial, msisdn, face_value, charged_at)
  VALUES (:serial, :msisdn, :face_value, now());
END;
`

/** Q2's peer, where PostgreSQL is installed. */
export interface Pgbench {
  /** Redemptions a second with so many clients. */
  rate(clients: number): number
  close(): Promise<void>
}

const installed = (program: string): boolean =>
  spawnSync('which', [program], { stdio: 'ignore' }).status === 0

/** Starts a PostgreSQL of its own, as it comes: `fsync` and `synchronous_commit` on. */
export async function startPgbench(): Promise<Pgbench | undefined> {
  if (!['initdb', 'postgres', 'pgbench', 'psql'].every(installed)) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'mcscp-bench-postgresql-'))
  const asRoot = process.getuid?.() === 0
  const id = (of: '-u' | '-g') => Number(execFileSync('id', [of, USER]).toString())
  const user = asRoot ? { uid: id('-u'), gid: id('-g') } : undefined
  if (user) chownSync(folder, user.uid, user.gid)
  const who = { ...user, cwd: folder }
  const database = join(folder, 'database')
  const quiet = { ...who, stdio: 'ignore' } as const
  execFileSync('initdb', ['-D', database, '-U', 'bench', '--auth=trust', '-E', 'UTF8'], quiet)
  const server = spawn('postgres', ['-D', database, '-k', folder, '-c', 'listen_addresses='], quiet)
  const psql = (sql: string) =>
    spawnSync('psql', ['-h', folder, '-U', 'bench', '-v', 'ON_ERROR_STOP=1', 'postgres'], {
      ...who,
      input: sql,
    })
  while (psql('SELECT 1').status !== 0) {
    if (server.exitCode !== null) throw new Error('PostgreSQL did not start')
    await after(100)
  }
  const filled = psql(SCHEMA)
  if (filled.status !== 0) throw new Error(`PostgreSQL: ${filled.stderr}`)
  const script = join(folder, 'redeem.pgb')
  writeFileSync(script, SCRIPT, { mode: 0o644 })
  return {
    rate: clients => {
      const order = ['-n', '-h', folder, '-U', 'bench', '-f', script, '-c', `${clients}`]
      const more = ['-j', '2', '-T', `${SECONDS}`, '-M', 'prepared', 'postgres']
      const { stdout, stderr, status } = spawnSync('pgbench', [...order, ...more], who)
      const [, rate] = /tps = ([\d.]+)/.exec(`${stdout}`) ?? []
      if (status !== 0 || rate === undefined) throw new Error(`pgbench: ${stderr}`)
      return Number(rate)
    },
    close: async () => {
      const ended = once(server, 'exit')
      server.kill('SIGINT')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
