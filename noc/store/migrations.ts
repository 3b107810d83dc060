/** The forms of noc's store, oldest first; only ever appended to. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE account (
    name     TEXT PRIMARY KEY,
    role     TEXT NOT NULL,
    password TEXT NOT NULL,
    made_at  INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- A session is known by the digest of what its cookie says; times are the machine's.
  CREATE TABLE session (
    token_digest BLOB PRIMARY KEY CHECK (length(token_digest) = 32),
    account      TEXT NOT NULL REFERENCES account (name) ON DELETE CASCADE,
    began_at     INTEGER NOT NULL,
    used_at      INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- A node of the MCSCP, with what it said last.
  CREATE TABLE node (
    node          TEXT PRIMARY KEY,
    denominations TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- A quarter-hour of a node as scp told it: QuarterHourTraffic as JSON.
  CREATE TABLE quarter_hour (
    node     TEXT NOT NULL,
    began_at INTEGER NOT NULL,
    final    INTEGER NOT NULL,
    traffic  TEXT NOT NULL,
    PRIMARY KEY (node, began_at)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX quarter_hour_by_time ON quarter_hour (began_at);
  `,
]
