import { batchSum, firstBatchSum, firstRangeSum, rangeSum } from '../check-sums.js'

/**
 * The newest forms: tables replaced in service, added scenarios, restoration, locks of cards, imports, check sums,
 * receipts, counts of the transfer. The next one goes to the end.
 */
export const OPERATION_FORMS: readonly string[] = [
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
  UPDATE batch SET check_sum = ${firstBatchSum('batch')};
  UPDATE card_range SET check_sum = ${firstRangeSum('card_range')};
  CREATE TRIGGER batch_sum_begins AFTER INSERT ON batch
    BEGIN UPDATE batch SET check_sum = ${firstBatchSum('NEW')} WHERE batch = NEW.batch; END;
  CREATE TRIGGER batch_sum_follows
    AFTER UPDATE OF first_serial, card_count, face_value, key_id, state ON batch
    BEGIN UPDATE batch SET check_sum = ${firstBatchSum('NEW')} WHERE batch = NEW.batch; END;
  CREATE TRIGGER card_range_sum_follows
    AFTER UPDATE OF first_serial, last_serial, batch, state, expires_at ON card_range
    BEGIN UPDATE card_range SET check_sum = ${firstRangeSum('NEW')} WHERE first_serial = NEW.first_serial; END;
  CREATE TRIGGER card_range_sum_begins AFTER INSERT ON card_range
    BEGIN UPDATE card_range SET check_sum = ${firstRangeSum('NEW')} WHERE first_serial = NEW.first_serial; END;
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
  `
  -- The sums cover what an act brings back, too: where a frozen batch or card stood, and whether it was extended.
  DROP TRIGGER batch_sum_begins;
  DROP TRIGGER batch_sum_follows;
  DROP TRIGGER card_range_sum_begins;
  DROP TRIGGER card_range_sum_follows;
  -- A row that is not as it was written gets no sum, and so stays damaged.
  UPDATE batch SET check_sum =
    CASE WHEN check_sum IS ${firstBatchSum('batch')} THEN ${batchSum('batch')} END;
  UPDATE card_range SET check_sum =
    CASE WHEN check_sum IS ${firstRangeSum('card_range')} THEN ${rangeSum('card_range')} END;
  CREATE TRIGGER batch_sum_begins AFTER INSERT ON batch
    BEGIN UPDATE batch SET check_sum = ${batchSum('NEW')} WHERE batch = NEW.batch; END;
  CREATE TRIGGER batch_sum_follows
    AFTER UPDATE OF first_serial, card_count, face_value, key_id, state, frozen_from ON batch
    BEGIN UPDATE batch SET check_sum = ${batchSum('NEW')} WHERE batch = NEW.batch; END;
  CREATE TRIGGER card_range_sum_begins AFTER INSERT ON card_range
    BEGIN UPDATE card_range SET check_sum = ${rangeSum('NEW')} WHERE first_serial = NEW.first_serial; END;
  -- Where cards stand is written anew, and never changed.
  CREATE TRIGGER card_range_stays_as_written BEFORE UPDATE OF
    first_serial, last_serial, batch, state, frozen_from, expires_at, extended ON card_range
    BEGIN SELECT RAISE(ABORT, 'a range of cards is replaced, not changed'); END;
  `,
  `
  -- 転送: what was sent to CRS, by the quarter-hour of the request. sent: records of files that were sent for the
  -- first time; resent: files; errors: requests that brought no acknowledgement.
  CREATE TABLE transfer_count (
    began_at INTEGER PRIMARY KEY,
    sent     INTEGER NOT NULL CHECK (sent >= 0),
    resent   INTEGER NOT NULL CHECK (resent >= 0),
    errors   INTEGER NOT NULL CHECK (errors >= 0)
  ) STRICT;
  -- The last quarter-hour file that was ever sent: what goes out up to there goes out again.
  CREATE TABLE sent_to_crs (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    number   INTEGER NOT NULL
  ) STRICT;
  -- 解除 by time.
  CREATE INDEX lock_event_by_time ON lock_event (at);
  `,
  `
  -- A time of braking that an operator ended before it was over, who did, and why.
  ALTER TABLE guess_brake ADD COLUMN ended_at INTEGER;
  ALTER TABLE guess_brake ADD COLUMN ended_by TEXT;
  ALTER TABLE guess_brake ADD COLUMN end_reason TEXT;
  DROP TRIGGER guess_brake_goes_on;
  CREATE TRIGGER guess_brake_goes_on BEFORE UPDATE ON guess_brake
    WHEN NEW.sequence <> OLD.sequence OR NEW.began_at <> OLD.began_at OR NEW.until < OLD.until
      OR NEW.wrong < OLD.wrong OR NEW.rate_limit <> OLD.rate_limit OR OLD.ended_at IS NOT NULL
      OR (NEW.ended_at IS NULL) <> (NEW.ended_by IS NULL)
      OR (NEW.ended_at IS NULL) <> (NEW.end_reason IS NULL)
    BEGIN SELECT RAISE(ABORT, 'a time of braking only goes on, or is ended once'); END;
  `,
  `
  -- A charge (finding 9) is found by its time, and by its card in the charge log: it is not written here again.
  DROP INDEX entry_by_finding;
  CREATE INDEX entry_by_finding ON entry (finding, answered_at) WHERE finding <> 9;
  DROP INDEX entry_by_serial;
  CREATE INDEX entry_by_serial ON entry (serial, answered_at) WHERE serial IS NOT NULL AND finding <> 9;
  `,
]
