import { batchSum, rangeSum } from './check-sums.js'

/**
 * The forms of scp's store, oldest first; only ever appended to. Made for ten million cards: integer
 * and blob keys (`keys.ts`), no column that another row already tells, `WITHOUT ROWID` where the key is
 * most of the row. Rows that speak of money refuse to be changed.
 */
export const MIGRATIONS: readonly string[] = [
  `
  -- When this node began, so that its quarter-hour files have a first one.
  CREATE TABLE node (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    first_quarter_hour INTEGER NOT NULL
  ) STRICT;

  -- One INVITE, known by Call-ID and CSeq, opens one call session and no second.
  CREATE TABLE call_session (
    token       BLOB PRIMARY KEY CHECK (length(token) = 16),
    msisdn      INTEGER NOT NULL,
    charge_kind INTEGER NOT NULL,
    call_id     TEXT NOT NULL,
    cseq        INTEGER NOT NULL,
    began_at    INTEGER NOT NULL,
    ended_at    INTEGER,
    UNIQUE (call_id, cseq)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX call_session_open ON call_session (began_at) WHERE ended_at IS NULL;

  -- check_value proves that a key of the ring is the one the digests were made with.
  CREATE TABLE pin_key (
    key_id      INTEGER PRIMARY KEY,
    check_value BLOB NOT NULL
  ) STRICT;

  CREATE TABLE batch (
    batch        INTEGER PRIMARY KEY,
    kind         INTEGER NOT NULL,
    first_serial INTEGER NOT NULL UNIQUE,
    card_count   INTEGER NOT NULL CHECK (card_count > 0),
    face_value   INTEGER NOT NULL CHECK (face_value > 0),
    pin_length   INTEGER NOT NULL,
    key_id       INTEGER NOT NULL REFERENCES pin_key (key_id),
    state        INTEGER NOT NULL,
    made_at      INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE card (
    serial     INTEGER PRIMARY KEY,
    batch      INTEGER NOT NULL REFERENCES batch (batch),
    pin_digest BLOB NOT NULL UNIQUE CHECK (length(pin_digest) = 32),
    state      INTEGER NOT NULL,
    expires_at INTEGER,
    used_by    INTEGER,
    used_at    INTEGER,
    CHECK ((state = 5) = (used_by IS NOT NULL)), -- 5: used
    CHECK ((used_by IS NULL) = (used_at IS NULL))
  ) STRICT;
  CREATE TRIGGER card_use_is_final BEFORE UPDATE OF used_by, used_at ON card
    WHEN OLD.used_by IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'a used card stays used by whom it was used'); END;

  -- Every entry of a card, with the answer it was given; finding is the true reason.
  CREATE TABLE entry (
    token         BLOB NOT NULL REFERENCES call_session (token),
    entry         INTEGER NOT NULL,
    answered_at   INTEGER NOT NULL,
    finding       INTEGER NOT NULL,
    serial        INTEGER,
    digest_prefix BLOB,
    face_value    INTEGER,
    registered    INTEGER,
    remaining     INTEGER,
    now_locked    INTEGER,
    PRIMARY KEY (token, entry)
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER entry_is_final BEFORE UPDATE ON entry
    BEGIN SELECT RAISE(ABORT, 'an answer once given stays'); END;

  CREATE TABLE handset_lock (
    msisdn      INTEGER PRIMARY KEY,
    consecutive INTEGER NOT NULL CHECK (consecutive >= 0),
    locked_at   INTEGER,
    lock_reason INTEGER,
    CHECK ((locked_at IS NULL) = (lock_reason IS NULL))
  ) STRICT;
  CREATE TABLE wrong_entry_day (
    msisdn INTEGER NOT NULL,
    day    INTEGER NOT NULL,
    wrong  INTEGER NOT NULL CHECK (wrong > 0),
    PRIMARY KEY (msisdn, day)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE month_total (
    msisdn      INTEGER NOT NULL,
    month       INTEGER NOT NULL,
    charge_kind INTEGER NOT NULL,
    registered  INTEGER NOT NULL CHECK (registered > 0),
    PRIMARY KEY (msisdn, month, charge_kind)
  ) STRICT, WITHOUT ROWID;

  -- The charge log. UNIQUE (serial): a card is credited at most once, ever.
  CREATE TABLE charge_record (
    sequence    INTEGER PRIMARY KEY,
    token       BLOB NOT NULL,
    entry       INTEGER NOT NULL,
    msisdn      INTEGER NOT NULL,
    charge_kind INTEGER NOT NULL,
    serial      INTEGER NOT NULL UNIQUE REFERENCES card (serial),
    face_value  INTEGER NOT NULL CHECK (face_value > 0),
    charged_at  INTEGER NOT NULL
  ) STRICT;
  CREATE TRIGGER charge_record_stays_as_written BEFORE UPDATE ON charge_record
    BEGIN SELECT RAISE(ABORT, 'a charge record is never changed'); END;
  CREATE TRIGGER charge_record_stays BEFORE DELETE ON charge_record
    BEGIN SELECT RAISE(ABORT, 'a charge record is never deleted'); END;

  -- A closed quarter-hour; number has no gap. Sum and digest follow when the file is on disk.
  CREATE TABLE quarter_hour_file (
    number         INTEGER PRIMARY KEY,
    began_at       INTEGER NOT NULL UNIQUE,
    closed_at      INTEGER NOT NULL,
    first_sequence INTEGER NOT NULL,
    record_count   INTEGER NOT NULL CHECK (record_count >= 0),
    sum_yen        INTEGER,
    sha256         BLOB,
    CHECK ((sum_yen IS NULL) = (sha256 IS NULL))
  ) STRICT;
  CREATE INDEX quarter_hour_file_unwritten ON quarter_hour_file (number) WHERE sha256 IS NULL;
  CREATE TRIGGER quarter_hour_file_stays_as_closed BEFORE UPDATE ON quarter_hour_file
    WHEN OLD.sha256 IS NOT NULL OR NEW.number <> OLD.number OR NEW.began_at <> OLD.began_at
      OR NEW.closed_at <> OLD.closed_at OR NEW.first_sequence <> OLD.first_sequence
      OR NEW.record_count <> OLD.record_count
    BEGIN SELECT RAISE(ABORT, 'a closed quarter-hour never changes'); END;
  CREATE TRIGGER quarter_hour_file_stays BEFORE DELETE ON quarter_hour_file
    BEGIN SELECT RAISE(ABORT, 'a closed quarter-hour is never deleted'); END;
  `,
  `
  -- What a caller was last told that no entry tells, and after how many entries.
  ALTER TABLE call_session ADD COLUMN notice INTEGER;
  ALTER TABLE call_session ADD COLUMN notice_entries INTEGER;

  -- Charge traffic by quarter-hour: what the calls that ended in it came to, summed up.
  CREATE TABLE traffic_count (
    began_at    INTEGER NOT NULL,
    charge_kind INTEGER NOT NULL,
    measure     INTEGER NOT NULL,
    amount      INTEGER NOT NULL CHECK (amount > 0),
    PRIMARY KEY (began_at, charge_kind, measure)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE traffic_holding (
    began_at    INTEGER NOT NULL,
    charge_kind INTEGER NOT NULL,
    seconds     INTEGER NOT NULL,
    calls       INTEGER NOT NULL CHECK (calls > 0),
    PRIMARY KEY (began_at, charge_kind, seconds)
  ) STRICT, WITHOUT ROWID;
  -- charge_kind 0: all kinds together.
  CREATE TABLE traffic_peak (
    began_at    INTEGER NOT NULL,
    charge_kind INTEGER NOT NULL,
    calls       INTEGER NOT NULL CHECK (calls > 0),
    PRIMARY KEY (began_at, charge_kind)
  ) STRICT, WITHOUT ROWID;

  -- A quarter-hour whose traffic can no longer change, with the handsets locked at its end.
  CREATE TABLE traffic_quarter_hour (
    began_at   INTEGER PRIMARY KEY,
    now_locked INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX handset_locked ON handset_lock (locked_at) WHERE locked_at IS NOT NULL;
  `,
  `
  -- A closed day; sum and digest follow when its file is on disk.
  CREATE TABLE day_close (
    day            INTEGER PRIMARY KEY, -- 20001201
    closed_at      INTEGER NOT NULL,
    first_number   INTEGER NOT NULL REFERENCES quarter_hour_file (number),
    last_number    INTEGER NOT NULL UNIQUE REFERENCES quarter_hour_file (number),
    first_sequence INTEGER NOT NULL,
    record_count   INTEGER NOT NULL CHECK (record_count >= 0),
    sum_yen        INTEGER,
    sha256         BLOB,
    CHECK (first_number <= last_number),
    CHECK ((sum_yen IS NULL) = (sha256 IS NULL))
  ) STRICT;
  CREATE INDEX day_close_unwritten ON day_close (day) WHERE sha256 IS NULL;
  CREATE TRIGGER day_close_stays_as_closed BEFORE UPDATE ON day_close
    WHEN OLD.sha256 IS NOT NULL OR NEW.day <> OLD.day OR NEW.closed_at <> OLD.closed_at
      OR NEW.first_number <> OLD.first_number OR NEW.last_number <> OLD.last_number
      OR NEW.first_sequence <> OLD.first_sequence OR NEW.record_count <> OLD.record_count
    BEGIN SELECT RAISE(ABORT, 'a closed day never changes'); END;
  CREATE TRIGGER day_close_stays BEFORE DELETE ON day_close
    BEGIN SELECT RAISE(ABORT, 'a closed day is never deleted'); END;

  -- What CRS answered to a quarter-hour file or a day close, byte for byte.
  CREATE TABLE acknowledgement (
    number          INTEGER UNIQUE REFERENCES quarter_hour_file (number),
    day             INTEGER UNIQUE REFERENCES day_close (day),
    answer          BLOB NOT NULL,
    acknowledged_at INTEGER NOT NULL,
    CHECK ((number IS NULL) <> (day IS NULL))
  ) STRICT;
  CREATE TRIGGER acknowledgement_stays_as_given BEFORE UPDATE ON acknowledgement
    BEGIN SELECT RAISE(ABORT, 'an acknowledgement is never changed'); END;
  CREATE TRIGGER acknowledgement_stays BEFORE DELETE ON acknowledgement
    BEGIN SELECT RAISE(ABORT, 'an acknowledgement is never deleted'); END;

  -- Days that ended before this form of the store. A Japanese day begins at 15:00 UTC.
  INSERT INTO day_close
      (day, closed_at, first_number, last_number, first_sequence, record_count)
    SELECT CAST(strftime('%Y%m%d', began_at / 1000 + 32400, 'unixepoch') AS INTEGER),
      max(closed_at), min(number), max(number), min(first_sequence), sum(record_count)
    FROM quarter_hour_file GROUP BY 1
    HAVING (max(began_at) + 900000 + 32400000) % 86400000 = 0;
  `,
  `
  -- What was dialled: 1 is 1400, 2 is 157.
  ALTER TABLE call_session ADD COLUMN service INTEGER NOT NULL DEFAULT 1;

  -- Units that a Pricall subscriber was told (scp/scenarios/pricall).
  ALTER TABLE entry ADD COLUMN units INTEGER;
  CREATE TABLE unit_outbox (
    sequence     INTEGER PRIMARY KEY REFERENCES charge_record (sequence),
    units        INTEGER NOT NULL CHECK (units > 0),
    acknowledged INTEGER NOT NULL DEFAULT 0 CHECK (acknowledged IN (0, 1))
  ) STRICT;
  CREATE INDEX unit_outbox_waiting ON unit_outbox (sequence) WHERE acknowledged = 0;
  CREATE TRIGGER unit_outbox_stays_as_written BEFORE UPDATE ON unit_outbox
    WHEN NEW.sequence <> OLD.sequence OR NEW.units <> OLD.units
      OR NEW.acknowledged < OLD.acknowledged
    BEGIN SELECT RAISE(ABORT, 'units on their way never change'); END;
  CREATE TRIGGER unit_outbox_stays BEFORE DELETE ON unit_outbox
    BEGIN SELECT RAISE(ABORT, 'units on their way are never forgotten'); END;

  -- What a number registered, day by day (157).
  CREATE INDEX charge_record_of_number ON charge_record (msisdn, charged_at);
  `,
  `
  -- What CRS had acknowledged by a moment, for the charge traffic.
  CREATE INDEX acknowledgement_by_time ON acknowledgement (acknowledged_at) WHERE number IS NOT NULL;
  `,
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
  `
  -- ファイル更新: tables that are replaced while calls go on (docs/tables.md). content: the file as it was given.
  CREATE TABLE table_version (
    name     TEXT NOT NULL,
    version  INTEGER NOT NULL CHECK (version > 0),
    file     TEXT NOT NULL,
    content  TEXT NOT NULL,
    sha256   BLOB NOT NULL CHECK (length(sha256) = 32),
    added_at INTEGER NOT NULL,
    person   TEXT NOT NULL,
    reason   TEXT NOT NULL CHECK (reason <> ''),
    PRIMARY KEY (name, version)
  ) STRICT;
  CREATE TRIGGER table_version_stays_as_written BEFORE UPDATE ON table_version
    BEGIN SELECT RAISE(ABORT, 'a version of a table never changes'); END;
  CREATE TRIGGER table_version_stays BEFORE DELETE ON table_version
    BEGIN SELECT RAISE(ABORT, 'a version of a table is never deleted'); END;

  -- From when which version is in force, until another is. version 0: what settings and product say.
  CREATE TABLE table_switch (
    sequence      INTEGER PRIMARY KEY,
    name          TEXT NOT NULL,
    version       INTEGER NOT NULL CHECK (version >= 0),
    in_force_from INTEGER NOT NULL,
    decided_at    INTEGER NOT NULL,
    person        TEXT NOT NULL,
    reason        TEXT NOT NULL CHECK (reason <> ''),
    called_off_at INTEGER,
    called_off_by TEXT,
    CHECK ((called_off_at IS NULL) = (called_off_by IS NULL))
  ) STRICT;
  CREATE INDEX table_switch_of_table ON table_switch (name, sequence);
  CREATE TRIGGER table_switch_stays_as_written
    BEFORE UPDATE OF sequence, name, version, in_force_from, decided_at, person, reason ON table_switch
    BEGIN SELECT RAISE(ABORT, 'a decision about a table is called off, not changed'); END;
  CREATE TRIGGER table_switch_stays BEFORE DELETE ON table_switch
    BEGIN SELECT RAISE(ABORT, 'a decision about a table is never deleted'); END;
  `,
  `
  -- Charges of added scenarios (requirement M-09), apart from the charge records, which go on to CRS.
  -- charge_kind: over 255, the scenario's name packed (keys.ts).
  CREATE TABLE scenario_charge (
    sequence    INTEGER PRIMARY KEY,
    token       BLOB NOT NULL,
    entry       INTEGER NOT NULL,
    msisdn      INTEGER NOT NULL,
    charge_kind INTEGER NOT NULL CHECK (charge_kind > 255),
    serial      INTEGER NOT NULL UNIQUE REFERENCES card (serial),
    face_value  INTEGER NOT NULL CHECK (face_value > 0),
    charged_at  INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX scenario_charge_by_time ON scenario_charge (charged_at);
  CREATE TRIGGER scenario_charge_stays_as_written BEFORE UPDATE ON scenario_charge
    BEGIN SELECT RAISE(ABORT, 'a charge is never changed'); END;
  CREATE TRIGGER scenario_charge_stays BEFORE DELETE ON scenario_charge
    BEGIN SELECT RAISE(ABORT, 'a charge is never deleted'); END;
  -- Every card that was used, by whatever scenario.
  CREATE VIEW used_card AS
    SELECT serial, msisdn, charge_kind, face_value, charged_at FROM charge_record
    UNION ALL SELECT serial, msisdn, charge_kind, face_value, charged_at FROM scenario_charge;
  `,
  `
  -- This store was put in place from a backup (mcscp restore). Until fenced_at is set no call is taken: what
  -- CRS accepted since the backup is burned first. accepted: how many charges that were.
  CREATE TABLE restoration (
    sequence    INTEGER PRIMARY KEY,
    taken_at    INTEGER NOT NULL,
    restored_at INTEGER NOT NULL,
    fenced_at   INTEGER,
    accepted    INTEGER NOT NULL DEFAULT 0 CHECK (accepted >= 0)
  ) STRICT;
  `,
  `
  -- Every lock of a card that many handsets probed, and every release; the last row of a card tells how it
  -- stands. handsets: how many counted then.
  CREATE TABLE card_lock_event (
    sequence INTEGER PRIMARY KEY,
    serial   INTEGER NOT NULL REFERENCES card (serial),
    at       INTEGER NOT NULL,
    handsets INTEGER NOT NULL CHECK (handsets >= 0),
    person   TEXT, -- NULL: a lock
    reason   TEXT,
    CHECK ((person IS NULL) = (reason IS NULL))
  ) STRICT;
  CREATE INDEX card_lock_event_of_card ON card_lock_event (serial, sequence);
  CREATE INDEX card_lock_event_lock ON card_lock_event (at) WHERE person IS NULL;
  CREATE TRIGGER card_lock_event_stays_as_written BEFORE UPDATE ON card_lock_event
    BEGIN SELECT RAISE(ABORT, 'the history of card locks is never changed'); END;
  CREATE TRIGGER card_lock_event_stays BEFORE DELETE ON card_lock_event
    BEGIN SELECT RAISE(ABORT, 'the history of card locks is never deleted'); END;

  -- Wrong numbers of all handsets by the minute, for a week, and the times in which the service braked.
  CREATE TABLE wrong_entry_minute (
    minute INTEGER PRIMARY KEY, -- since 1970-01-01T00:00Z
    wrong  INTEGER NOT NULL CHECK (wrong > 0)
  ) STRICT;
  CREATE TABLE guess_brake (
    sequence   INTEGER PRIMARY KEY,
    began_at   INTEGER NOT NULL,
    until      INTEGER NOT NULL,
    wrong      INTEGER NOT NULL, -- most of one minute
    rate_limit INTEGER NOT NULL, -- from how many on it braked
    CHECK (began_at < until)
  ) STRICT;
  CREATE TRIGGER guess_brake_goes_on BEFORE UPDATE ON guess_brake
    WHEN NEW.sequence <> OLD.sequence OR NEW.began_at <> OLD.began_at OR NEW.until < OLD.until
      OR NEW.wrong < OLD.wrong OR NEW.rate_limit <> OLD.rate_limit
    BEGIN SELECT RAISE(ABORT, 'a time of braking only goes on'); END;
  CREATE TRIGGER guess_brake_stays BEFORE DELETE ON guess_brake
    BEGIN SELECT RAISE(ABORT, 'a time of braking is never deleted'); END;

  -- When the last wrong number was keyed that no success came after.
  ALTER TABLE handset_lock ADD COLUMN wrong_at INTEGER;
  `,
  `
  -- Files of another maker's cards (batch kind 3), each as often as it was asked for. line: the last that was
  -- taken in or refused; 1 is the header. failure: why nothing of it is kept; its cards go before it has ended.
  CREATE TABLE card_import (
    import   INTEGER PRIMARY KEY,
    batch    INTEGER NOT NULL REFERENCES batch (batch),
    file     TEXT NOT NULL,
    sha256   BLOB NOT NULL CHECK (length(sha256) = 32),
    begun_at INTEGER NOT NULL,
    line     INTEGER NOT NULL DEFAULT 1,
    kept     INTEGER NOT NULL DEFAULT 0,
    refused  INTEGER NOT NULL DEFAULT 0,
    failure  TEXT,
    ended_at INTEGER
  ) STRICT;
  CREATE INDEX card_import_of_batch ON card_import (batch);
  CREATE UNIQUE INDEX card_import_open ON card_import (batch) WHERE ended_at IS NULL;
  CREATE TRIGGER card_import_stays_as_it_ended BEFORE UPDATE ON card_import WHEN OLD.ended_at IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'an import that is over stays as it ended'); END;
  CREATE TRIGGER card_import_stays BEFORE DELETE ON card_import
    BEGIN SELECT RAISE(ABORT, 'an import is never deleted'); END;
  CREATE TABLE card_import_refusal (
    import  INTEGER NOT NULL REFERENCES card_import (import),
    line    INTEGER NOT NULL,
    problem TEXT NOT NULL,
    PRIMARY KEY (import, line)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- What tells a row of which a bit fell from one that was written so (soundness.ts).
  ALTER TABLE batch ADD COLUMN check_sum INTEGER;
  ALTER TABLE card_range ADD COLUMN check_sum INTEGER;
  UPDATE batch SET check_sum = ${batchSum('batch')};
  UPDATE card_range SET check_sum = ${rangeSum('card_range')};
  CREATE TRIGGER batch_sum_begins AFTER INSERT ON batch
    BEGIN UPDATE batch SET check_sum = ${batchSum('NEW')} WHERE batch = NEW.batch; END;
  CREATE TRIGGER batch_sum_follows
    AFTER UPDATE OF first_serial, card_count, face_value, key_id, state ON batch
    BEGIN UPDATE batch SET check_sum = ${batchSum('NEW')} WHERE batch = NEW.batch; END;
  CREATE TRIGGER card_range_sum_follows
    AFTER UPDATE OF first_serial, last_serial, batch, state, expires_at ON card_range
    BEGIN UPDATE card_range SET check_sum = ${rangeSum('NEW')} WHERE first_serial = NEW.first_serial; END;
  CREATE TRIGGER card_range_sum_begins AFTER INSERT ON card_range
    BEGIN UPDATE card_range SET check_sum = ${rangeSum('NEW')} WHERE first_serial = NEW.first_serial; END;
  `,
  `
  -- Charges whose result their caller did not hear to its end, once each, for a message that tells of them
  -- (docs/formats/receipts.md). What was charged stands in its entry.
  CREATE TABLE receipt (
    sequence INTEGER PRIMARY KEY,
    token    BLOB NOT NULL,
    entry    INTEGER NOT NULL,
    due_at   INTEGER NOT NULL,
    UNIQUE (token, entry),
    FOREIGN KEY (token, entry) REFERENCES entry (token, entry)
  ) STRICT;
  CREATE TRIGGER receipt_stays_as_written BEFORE UPDATE ON receipt
    BEGIN SELECT RAISE(ABORT, 'a receipt is never changed'); END;
  CREATE TRIGGER receipt_stays BEFORE DELETE ON receipt
    BEGIN SELECT RAISE(ABORT, 'a receipt is never deleted'); END;
  `,
]
