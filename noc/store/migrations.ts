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
  `
  -- How far the journal of a program's alarms has been fetched.
  CREATE TABLE alarm_source (
    program TEXT PRIMARY KEY,
    journal TEXT NOT NULL,
    place   INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- An alarm from when it was raised until it was cleared; of a code and subject one at most stands.
  CREATE TABLE alarm (
    alarm           INTEGER PRIMARY KEY,
    program         TEXT NOT NULL,
    code            TEXT NOT NULL,
    subject         TEXT NOT NULL,
    severity        TEXT NOT NULL,
    raised_at       INTEGER NOT NULL,
    last_at         INTEGER NOT NULL,
    count           INTEGER NOT NULL CHECK (count > 0),
    facts           TEXT NOT NULL, -- JSON
    cleared_at      INTEGER,
    acknowledged_at INTEGER,
    acknowledged_by TEXT,
    CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL))
  ) STRICT;
  CREATE UNIQUE INDEX alarm_standing ON alarm (program, code, subject) WHERE cleared_at IS NULL;
  CREATE INDEX alarm_over ON alarm (cleared_at) WHERE cleared_at IS NOT NULL;
  CREATE TABLE alarm_note (
    note    INTEGER PRIMARY KEY,
    alarm   INTEGER NOT NULL REFERENCES alarm (alarm) ON DELETE CASCADE,
    at      INTEGER NOT NULL,
    account TEXT NOT NULL,
    text    TEXT NOT NULL
  ) STRICT;
  CREATE INDEX alarm_note_of ON alarm_note (alarm);
  `,
  `
  -- What is told of alarms outside noc, each step once a way; and the mail that went out, by the machine's days of Japan.
  CREATE TABLE alarm_step (
    step  INTEGER PRIMARY KEY AUTOINCREMENT,
    alarm INTEGER NOT NULL REFERENCES alarm (alarm) ON DELETE CASCADE,
    type  TEXT NOT NULL CHECK (type IN ('raised', 'cleared')),
    at    INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX alarm_step_of ON alarm_step (alarm);
  CREATE TABLE notice_way (
    way        TEXT PRIMARY KEY,
    told       INTEGER NOT NULL,
    held_since INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE mail_sent (
    sender     TEXT NOT NULL,
    day        TEXT NOT NULL,
    recipients INTEGER NOT NULL CHECK (recipients >= 0),
    PRIMARY KEY (sender, day)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- 非許容契約, as the switch told it, and until when it did.
  CREATE TABLE refused_contract (
    began_at INTEGER PRIMARY KEY,
    calls    INTEGER NOT NULL CHECK (calls > 0)
  ) STRICT;
  CREATE TABLE switch_told (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    as_of    INTEGER NOT NULL
  ) STRICT;
  -- What scp did not count yet when these were told.
  UPDATE quarter_hour SET traffic = json_set(traffic, '$.unlocked', 0, '$.toCrs.sent', 0,
    '$.toCrs.resent', 0, '$.toCrs.errors', 0, '$.toCrs.lastNumber', 0);
  `,
  `
  -- Whether a program is to be there: not one that an operator has taken out of this home.
  ALTER TABLE alarm_source ADD COLUMN expected INTEGER NOT NULL DEFAULT 1 CHECK (expected IN (0, 1));
  `,
  `
  -- An account is in one permission group: a built-in one, which is named as a role, or an own one.
  ALTER TABLE account RENAME COLUMN role TO permission_group;
  ALTER TABLE account ADD COLUMN disabled_at INTEGER;
  CREATE TABLE permission_group (
    name      TEXT PRIMARY KEY,
    role      TEXT NOT NULL,
    functions TEXT NOT NULL -- JSON: names, in the order of the table
  ) STRICT, WITHOUT ROWID;
  -- What an account was called before: nobody else is ever called so.
  CREATE TABLE former_name (
    name  TEXT PRIMARY KEY,
    until INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- What was done to accounts, groups and sessions, each entry chained to the one before; times are the machine's.
  CREATE TABLE people_entry (
    sequence INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    person   TEXT NOT NULL,
    role     TEXT NOT NULL,
    act      TEXT NOT NULL,
    outcome  TEXT NOT NULL CHECK (outcome IN ('performed', 'rejected')),
    subject  TEXT NOT NULL,
    reason   TEXT NOT NULL,
    because  TEXT,
    before   TEXT NOT NULL, -- canonical JSON
    after    TEXT NOT NULL, -- canonical JSON
    hash     BLOB NOT NULL CHECK (length(hash) = 32)
  ) STRICT;
  CREATE TRIGGER people_entry_stays BEFORE UPDATE ON people_entry
    BEGIN SELECT RAISE(ABORT, 'the log is never changed'); END;
  CREATE TRIGGER people_entry_is_kept BEFORE DELETE ON people_entry
    BEGIN SELECT RAISE(ABORT, 'the log is never cut'); END;
  `,
]
