/**
 * The forms of CRS's store, oldest first; only ever appended to. Rows that speak of money refuse to be
 * changed; a record is never deleted.
 */
export const MIGRATIONS: readonly string[] = [
  `
  -- Quarter-hour files as nodes sent them: number has no gap a node. file_sha256 is over the whole file,
  -- trailer_sha256 what its trailer says. closed_sequence: the hourly file that its records went into.
  CREATE TABLE quarter_hour_file (
    node            TEXT NOT NULL,
    number          INTEGER NOT NULL,
    began_at        INTEGER NOT NULL,
    first_sequence  INTEGER NOT NULL,
    record_count    INTEGER NOT NULL CHECK (record_count >= 0),
    sum_yen         INTEGER NOT NULL,
    trailer_sha256  BLOB NOT NULL CHECK (length(trailer_sha256) = 32),
    file_sha256     BLOB NOT NULL CHECK (length(file_sha256) = 32),
    received_at     INTEGER NOT NULL,
    closed_sequence INTEGER REFERENCES closed_file (sequence),
    PRIMARY KEY (node, number),
    UNIQUE (node, began_at)
  ) STRICT;
  CREATE INDEX quarter_hour_file_of_close ON quarter_hour_file (closed_sequence);
  CREATE TRIGGER quarter_hour_file_stays_as_received BEFORE UPDATE ON quarter_hour_file
    WHEN OLD.closed_sequence IS NOT NULL OR NEW.node <> OLD.node OR NEW.number <> OLD.number
      OR NEW.began_at <> OLD.began_at OR NEW.file_sha256 <> OLD.file_sha256
    BEGIN SELECT RAISE(ABORT, 'a file once received never changes'); END;
  CREATE TRIGGER quarter_hour_file_stays BEFORE DELETE ON quarter_hour_file
    BEGIN SELECT RAISE(ABORT, 'a file once received is never deleted'); END;

  -- What a file holds, a charge kind and face value; repeated_count of them CRS had before.
  CREATE TABLE quarter_hour_sum (
    node           TEXT NOT NULL,
    number         INTEGER NOT NULL,
    charge_kind    INTEGER NOT NULL,
    face_value     INTEGER NOT NULL,
    record_count   INTEGER NOT NULL CHECK (record_count > 0),
    repeated_count INTEGER NOT NULL CHECK (repeated_count <= record_count),
    PRIMARY KEY (node, number, charge_kind, face_value),
    FOREIGN KEY (node, number) REFERENCES quarter_hour_file (node, number)
  ) STRICT, WITHOUT ROWID;

  -- A charge id is taken once, whatever comes under it later (requirement C-08).
  CREATE TABLE charge_record (
    node        TEXT NOT NULL,
    number      INTEGER NOT NULL,
    place       INTEGER NOT NULL,
    token       BLOB NOT NULL CHECK (length(token) = 16),
    entry       INTEGER NOT NULL,
    msisdn      INTEGER NOT NULL,
    charge_kind INTEGER NOT NULL,
    serial      TEXT NOT NULL,
    face_value  INTEGER NOT NULL CHECK (face_value > 0),
    charged_at  INTEGER NOT NULL,
    PRIMARY KEY (node, number, place),
    UNIQUE (token, entry)
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER charge_record_stays_as_received BEFORE UPDATE ON charge_record
    BEGIN SELECT RAISE(ABORT, 'a charge record is never changed'); END;
  CREATE TRIGGER charge_record_stays BEFORE DELETE ON charge_record
    BEGIN SELECT RAISE(ABORT, 'a charge record is never deleted'); END;

  -- Records whose charge id was there already: kept, and handed on to nobody.
  CREATE TABLE repeated_record (
    node        TEXT NOT NULL,
    number      INTEGER NOT NULL,
    place       INTEGER NOT NULL,
    token       BLOB NOT NULL CHECK (length(token) = 16),
    entry       INTEGER NOT NULL,
    msisdn      INTEGER NOT NULL,
    charge_kind INTEGER NOT NULL,
    serial      TEXT NOT NULL,
    face_value  INTEGER NOT NULL CHECK (face_value > 0),
    charged_at  INTEGER NOT NULL,
    PRIMARY KEY (node, number, place),
    FOREIGN KEY (token, entry) REFERENCES charge_record (token, entry)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE day_close (
    node           TEXT NOT NULL,
    day            TEXT NOT NULL,
    record_count   INTEGER NOT NULL,
    sum_yen        INTEGER NOT NULL,
    trailer_sha256 BLOB NOT NULL CHECK (length(trailer_sha256) = 32),
    file_sha256    BLOB NOT NULL CHECK (length(file_sha256) = 32),
    received_at    INTEGER NOT NULL,
    PRIMARY KEY (node, day)
  ) STRICT, WITHOUT ROWID;

  -- The code tables that were in force when a file was closed, so that it can be written again alike.
  CREATE TABLE code_tables (
    id      INTEGER PRIMARY KEY,
    content TEXT NOT NULL UNIQUE
  ) STRICT;

  -- What was closed for billing: sequence has no gap. kind 1: an hour, 2: a day. Length and digest of
  -- the whole file follow when it is on disk.
  CREATE TABLE closed_file (
    sequence    INTEGER PRIMARY KEY,
    kind        INTEGER NOT NULL CHECK (kind IN (1, 2)),
    began_at    INTEGER NOT NULL,
    closed_at   INTEGER NOT NULL,
    code_tables INTEGER NOT NULL REFERENCES code_tables (id),
    length      INTEGER,
    file_sha256 BLOB,
    unmapped    INTEGER,
    UNIQUE (kind, began_at),
    CHECK ((length IS NULL) = (file_sha256 IS NULL) AND (length IS NULL) = (unmapped IS NULL))
  ) STRICT;
  CREATE INDEX closed_file_unwritten ON closed_file (sequence) WHERE file_sha256 IS NULL;
  CREATE TRIGGER closed_file_stays_as_closed BEFORE UPDATE ON closed_file
    WHEN OLD.file_sha256 IS NOT NULL OR NEW.sequence <> OLD.sequence OR NEW.kind <> OLD.kind
      OR NEW.began_at <> OLD.began_at OR NEW.closed_at <> OLD.closed_at
      OR NEW.code_tables <> OLD.code_tables
    BEGIN SELECT RAISE(ABORT, 'a closed file never changes'); END;
  CREATE TRIGGER closed_file_stays BEFORE DELETE ON closed_file
    BEGIN SELECT RAISE(ABORT, 'a closed file is never deleted'); END;

  -- Triggers that billing sent: number has no gap. An answer offers what stands after last_sequence up to
  -- offered_through, so it is the same whenever it is read.
  CREATE TABLE trigger_file (
    number          INTEGER PRIMARY KEY,
    last_sequence   INTEGER NOT NULL,
    made_at         INTEGER NOT NULL,
    received_at     INTEGER NOT NULL,
    offered_through INTEGER NOT NULL CHECK (offered_through >= last_sequence)
  ) STRICT;
  CREATE TRIGGER trigger_file_stays_as_received BEFORE UPDATE ON trigger_file
    BEGIN SELECT RAISE(ABORT, 'a trigger once answered never changes'); END;
  CREATE TRIGGER trigger_file_stays BEFORE DELETE ON trigger_file
    BEGIN SELECT RAISE(ABORT, 'a trigger once answered is never deleted'); END;
  `,
  `
  -- When a node closed what it sent, so that CRS can give a file back as it came.
  ALTER TABLE quarter_hour_file ADD COLUMN closed_at INTEGER;
  ALTER TABLE day_close ADD COLUMN closed_at INTEGER;
  `,
  `
  -- How an hour's file came about (form 02); NULL in what was closed in form 01, and in day closes.
  ALTER TABLE closed_file ADD COLUMN opened_at INTEGER;
  ALTER TABLE closed_file ADD COLUMN last_received_at INTEGER;
  ALTER TABLE closed_file ADD COLUMN missing INTEGER;
  DROP TRIGGER closed_file_stays_as_closed;
  CREATE TRIGGER closed_file_stays_as_closed BEFORE UPDATE ON closed_file
    WHEN OLD.file_sha256 IS NOT NULL OR NEW.sequence <> OLD.sequence OR NEW.kind <> OLD.kind
      OR NEW.began_at <> OLD.began_at OR NEW.closed_at <> OLD.closed_at
      OR NEW.code_tables <> OLD.code_tables OR NEW.opened_at IS NOT OLD.opened_at
      OR NEW.last_received_at IS NOT OLD.last_received_at OR NEW.missing IS NOT OLD.missing
    BEGIN SELECT RAISE(ABORT, 'a closed file never changes'); END;

  -- Which nodes CRS serves: the last declaration of a node holds.
  CREATE TABLE node_declaration (
    number      INTEGER PRIMARY KEY,
    node        TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('in', 'out', 'removed')),
    reason      TEXT NOT NULL,
    declared_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX node_declaration_of_node ON node_declaration (node, number);
  CREATE TRIGGER node_declaration_stays BEFORE DELETE ON node_declaration
    BEGIN SELECT RAISE(ABORT, 'a declaration is never deleted; declare anew'); END;
  CREATE TRIGGER node_declaration_stays_as_made BEFORE UPDATE ON node_declaration
    BEGIN SELECT RAISE(ABORT, 'a declaration is never changed; declare anew'); END;

  -- Which code tables are in force: the last row. A version has one content, and is put in force again
  -- by rolling back.
  CREATE TABLE code_tables_in_force (
    number  INTEGER PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version >= 1),
    content INTEGER NOT NULL REFERENCES code_tables (id),
    reason  TEXT NOT NULL,
    since   INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX code_tables_in_force_version ON code_tables_in_force (version, number);
  CREATE TRIGGER code_tables_in_force_stays BEFORE DELETE ON code_tables_in_force
    BEGIN SELECT RAISE(ABORT, 'a version is never deleted'); END;
  CREATE TRIGGER code_tables_in_force_stays_as_made BEFORE UPDATE ON code_tables_in_force
    BEGIN SELECT RAISE(ABORT, 'a version is never changed'); END;
  `,
]
