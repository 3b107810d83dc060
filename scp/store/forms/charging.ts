/**
 * The first forms of scp's store: charge calls, cards, locks and the charge log; the traffic; days and what CRS
 * acknowledged; units on their way.
 */
export const CHARGING_FORMS: readonly string[] = [
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
]
