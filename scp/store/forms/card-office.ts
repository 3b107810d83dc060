/**
 * The forms that followed: locks and their history, acts and the audit log, batches and ranges, searches of the
 * log, services, chains of PIN keys.
 */
export const CARD_OFFICE_FORMS: readonly string[] = [
  `
  -- 規制と解除: every lock of a handset and every release, with what was counted against it then.
  CREATE TABLE lock_event (
    sequence    INTEGER PRIMARY KEY,
    msisdn      INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    lock_reason INTEGER, -- NULL: a release
    consecutive INTEGER NOT NULL,
    in_window   INTEGER NOT NULL,
    person      TEXT,
    reason      TEXT,
    CHECK ((lock_reason IS NULL) = (person IS NOT NULL)),
    CHECK ((person IS NULL) = (reason IS NULL))
  ) STRICT;
  CREATE INDEX lock_event_of_number ON lock_event (msisdn, sequence);
  CREATE TRIGGER lock_event_stays_as_written BEFORE UPDATE ON lock_event
    BEGIN SELECT RAISE(ABORT, 'the history of locks is never changed'); END;
  CREATE TRIGGER lock_event_stays BEFORE DELETE ON lock_event
    BEGIN SELECT RAISE(ABORT, 'the history of locks is never deleted'); END;
  INSERT INTO lock_event (msisdn, at, lock_reason, consecutive, in_window)
    SELECT msisdn, locked_at, lock_reason, consecutive,
      (SELECT coalesce(sum(wrong), 0) FROM wrong_entry_day AS day WHERE day.msisdn = held.msisdn)
    FROM handset_lock AS held WHERE locked_at IS NOT NULL;

  -- An act that waits for a second person, or did. payload: canonical JSON; sha256: of act and payload.
  CREATE TABLE approval (
    approval       INTEGER PRIMARY KEY,
    act            TEXT NOT NULL,
    payload        TEXT NOT NULL,
    sha256         BLOB NOT NULL CHECK (length(sha256) = 32),
    requester      TEXT NOT NULL,
    requester_role TEXT NOT NULL,
    reason         TEXT NOT NULL,
    asked_at       INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL,
    state          TEXT NOT NULL DEFAULT 'waiting'
      CHECK (state IN ('waiting', 'performed', 'refused', 'withdrawn')),
    decided_at     INTEGER,
    decided_by     TEXT,
    decided_role   TEXT,
    decision_reason TEXT,
    CHECK ((state = 'waiting') = (decided_at IS NULL)),
    CHECK ((decided_at IS NULL) = (decided_by IS NULL))
  ) STRICT;
  CREATE INDEX approval_waiting ON approval (approval) WHERE state = 'waiting';
  CREATE TRIGGER approval_stays_as_asked BEFORE UPDATE ON approval
    WHEN OLD.state <> 'waiting' OR NEW.approval <> OLD.approval OR NEW.act <> OLD.act
      OR NEW.payload <> OLD.payload OR NEW.sha256 <> OLD.sha256 OR NEW.requester <> OLD.requester
      OR NEW.requester_role <> OLD.requester_role OR NEW.reason <> OLD.reason
      OR NEW.asked_at <> OLD.asked_at OR NEW.expires_at <> OLD.expires_at
    BEGIN SELECT RAISE(ABORT, 'what was asked for, and what was decided, stay'); END;
  CREATE TRIGGER approval_stays BEFORE DELETE ON approval
    BEGIN SELECT RAISE(ABORT, 'an approval is never deleted'); END;

  -- The audit log: each entry carries the hash of the one before it (scp/office/audit-entry.ts).
  CREATE TABLE audit_entry (
    sequence      INTEGER PRIMARY KEY,
    at            INTEGER NOT NULL,
    person        TEXT NOT NULL,
    role          TEXT NOT NULL,
    act           TEXT NOT NULL,
    outcome       TEXT NOT NULL,
    subject       TEXT NOT NULL,
    reason        TEXT NOT NULL,
    approval      INTEGER,
    approver      TEXT,
    approver_role TEXT,
    because       TEXT,
    before        TEXT NOT NULL, -- canonical JSON
    after         TEXT NOT NULL,
    previous_hash BLOB NOT NULL CHECK (length(previous_hash) = 32),
    hash          BLOB NOT NULL CHECK (length(hash) = 32)
  ) STRICT;
  CREATE TRIGGER audit_entry_stays_as_written BEFORE UPDATE ON audit_entry
    BEGIN SELECT RAISE(ABORT, 'an audit entry is never changed'); END;
  CREATE TRIGGER audit_entry_stays BEFORE DELETE ON audit_entry
    BEGIN SELECT RAISE(ABORT, 'an audit entry is never deleted'); END;
  -- The last hash of a day that is closed; 0 and zeros where nothing was done yet.
  CREATE TABLE audit_anchor (
    day      INTEGER PRIMARY KEY REFERENCES day_close (day),
    sequence INTEGER NOT NULL,
    hash     BLOB NOT NULL CHECK (length(hash) = 32)
  ) STRICT;
  CREATE TRIGGER audit_anchor_stays_as_written BEFORE UPDATE ON audit_anchor
    BEGIN SELECT RAISE(ABORT, 'the anchor of a day is never changed'); END;
  CREATE TRIGGER audit_anchor_stays BEFORE DELETE ON audit_anchor
    BEGIN SELECT RAISE(ABORT, 'the anchor of a day is never deleted'); END;
  `,
  `
  -- Batches of every kind. state of batch: 2 active, 11 planned, 12 generated, 13 exported, 14 delivered,
  -- 16 frozen, 17 void, 18 refunded. recipient: whose key the print files are encrypted to, once generation began.
  ALTER TABLE batch ADD COLUMN frozen_from INTEGER;
  ALTER TABLE batch ADD COLUMN design TEXT NOT NULL DEFAULT '';
  ALTER TABLE batch ADD COLUMN distributor TEXT NOT NULL DEFAULT '';
  ALTER TABLE batch ADD COLUMN expires_at INTEGER;
  ALTER TABLE batch ADD COLUMN recipient TEXT;

  -- Where unused cards stand, by ranges of serial numbers: an act on ten million cards writes one row. Every
  -- serial number that was ever given away is in one, so that none is given twice.
  CREATE TABLE card_range (
    first_serial INTEGER PRIMARY KEY,
    last_serial  INTEGER NOT NULL,
    batch        INTEGER NOT NULL REFERENCES batch (batch),
    state        INTEGER NOT NULL,
    frozen_from  INTEGER,
    expires_at   INTEGER,
    extended     INTEGER NOT NULL CHECK (extended IN (0, 1)),
    CHECK (first_serial <= last_serial),
    CHECK ((state = 6) = (frozen_from IS NOT NULL)) -- 6: frozen
  ) STRICT;
  CREATE INDEX card_range_of_batch ON card_range (batch, first_serial);

  -- What was done to cards. cards: how many it changed; used ones in the range are not among them.
  CREATE TABLE card_event (
    sequence       INTEGER PRIMARY KEY,
    at             INTEGER NOT NULL,
    batch          INTEGER NOT NULL REFERENCES batch (batch),
    act            INTEGER NOT NULL,
    whole_batch    INTEGER NOT NULL CHECK (whole_batch IN (0, 1)), -- 1: the batch itself, not its cards
    first_serial   INTEGER NOT NULL,
    last_serial    INTEGER NOT NULL,
    cards          INTEGER NOT NULL CHECK (cards >= 0),
    state_before   INTEGER,
    state_after    INTEGER NOT NULL,
    expires_before INTEGER,
    expires_after  INTEGER,
    reason         TEXT NOT NULL CHECK (reason <> ''),
    person         TEXT NOT NULL,
    approver       TEXT
  ) STRICT;
  CREATE INDEX card_event_of_batch ON card_event (batch, sequence);
  CREATE TRIGGER card_event_stays_as_written BEFORE UPDATE ON card_event
    BEGIN SELECT RAISE(ABORT, 'what was done to cards is never changed'); END;
  CREATE TRIGGER card_event_stays BEFORE DELETE ON card_event
    BEGIN SELECT RAISE(ABORT, 'what was done to cards is never deleted'); END;

  -- Print files that are whole and on disk. The cards of a batch before the end of its last one are made.
  CREATE TABLE print_file (
    batch        INTEGER NOT NULL REFERENCES batch (batch),
    part         INTEGER NOT NULL CHECK (part > 0),
    first_serial INTEGER NOT NULL UNIQUE,
    card_count   INTEGER NOT NULL CHECK (card_count > 0),
    name         TEXT NOT NULL UNIQUE,
    bytes        INTEGER NOT NULL,
    sha256       BLOB NOT NULL CHECK (length(sha256) = 32),
    written_at   INTEGER NOT NULL,
    PRIMARY KEY (batch, part)
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER print_file_stays_as_written BEFORE UPDATE ON print_file
    BEGIN SELECT RAISE(ABORT, 'a print file that is whole never changes'); END;

  -- Demonstration batches of earlier forms: 1 was generating; card state 1 and 4 were not activated, activated.
  INSERT INTO card_range
    SELECT first_serial, first_serial + card_count - 1, batch,
      CASE WHEN state = 1 THEN 9
           WHEN EXISTS (SELECT 1 FROM card WHERE card.batch = batch.batch AND state = 1) THEN 3
           ELSE 4 END,
      NULL, (SELECT max(expires_at) FROM card WHERE card.batch = batch.batch), 0
    FROM batch;
  INSERT INTO card_event (at, batch, act, whole_batch, first_serial, last_serial, cards, state_before,
      state_after, expires_before, expires_after, reason, person)
    SELECT batch.made_at, batch.batch, 13, 0, card_range.first_serial, card_range.last_serial,
      batch.card_count, NULL, card_range.state, NULL, card_range.expires_at,
      'made before events were kept', 'mcscp'
    FROM batch JOIN card_range USING (batch);
  UPDATE batch SET expires_at = (SELECT expires_at FROM card_range WHERE card_range.batch = batch.batch);
  UPDATE batch SET state = 11 WHERE state = 1;
  UPDATE batch SET state = 14 WHERE state = 2
    AND EXISTS (SELECT 1 FROM card_range WHERE card_range.batch = batch.batch AND state = 3);
  -- From here on a card is used (5) or not (1); where it stands else, its range tells.
  UPDATE card SET state = 1 WHERE state <> 5;
  ALTER TABLE card DROP COLUMN expires_at;
  `,
  `
  -- The operation log, searched by time, result, serial number, number and call.
  CREATE INDEX entry_by_time ON entry (answered_at);
  CREATE INDEX entry_by_finding ON entry (finding, answered_at);
  CREATE INDEX entry_by_serial ON entry (serial, answered_at) WHERE serial IS NOT NULL;
  CREATE INDEX call_session_of_number ON call_session (msisdn);
  `,
  `
  -- What operators decided about services; one that is not here runs as its settings say. media: where
  -- new calls go in place of the media engine of the settings.
  CREATE TABLE service_state (
    name    TEXT PRIMARY KEY,
    stopped INTEGER NOT NULL CHECK (stopped IN (0, 1)),
    media   TEXT
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- How a card's digest was made where it is not by its batch's key alone: key ids in order, as 1.2
  -- (scp/rules/pin-chain.ts).
  ALTER TABLE card ADD COLUMN chain TEXT;
  CREATE TABLE pin_chain (
    chain TEXT PRIMARY KEY,
    ended INTEGER NOT NULL DEFAULT 0 CHECK (ended IN (0, 1)) -- 1: no card has it any more
  ) STRICT, WITHOUT ROWID;
  INSERT INTO pin_chain (chain) SELECT CAST(key_id AS TEXT) FROM pin_key;
  CREATE TABLE pin_rotation (
    key_id   INTEGER PRIMARY KEY,
    wrap     INTEGER NOT NULL CHECK (wrap IN (0, 1)),
    begun_at INTEGER NOT NULL,
    ended_at INTEGER
  ) STRICT;
  `,
]
