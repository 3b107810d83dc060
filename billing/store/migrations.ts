/**
 * The forms of billing's store, oldest first; only ever appended to. Money stands in `ledger_entry` alone,
 * which refuses to be changed: a balance is a sum (seed 004 §4.3(3), Figure 10).
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE contract (
    contract_no    INTEGER PRIMARY KEY,
    contract       TEXT NOT NULL UNIQUE,
    contract_class TEXT NOT NULL,
    plan           TEXT NOT NULL,
    cancelled_at   INTEGER
  ) STRICT;

  -- 異動: which contract has a number when, half-open. A number is one contract's at a time, and so the other way round.
  CREATE TABLE number_period (
    msisdn      TEXT NOT NULL,
    from_at     INTEGER NOT NULL,
    until_at    INTEGER CHECK (until_at > from_at),
    contract_no INTEGER NOT NULL REFERENCES contract (contract_no),
    PRIMARY KEY (msisdn, from_at)
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX number_period_of_contract ON number_period (contract_no, from_at);

  -- What CRS sent, by its sequence: hourly files (began_at) and day closes.
  CREATE TABLE received_file (
    sequence     INTEGER PRIMARY KEY,
    name         TEXT NOT NULL,
    sha256       BLOB NOT NULL CHECK (length(sha256) = 32),
    day          TEXT NOT NULL,
    began_at     INTEGER,
    record_count INTEGER NOT NULL,
    sum_yen      INTEGER NOT NULL,
    reflected_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX received_file_day ON received_file (day);
  CREATE TRIGGER received_file_stays BEFORE DELETE ON received_file
    BEGIN SELECT RAISE(ABORT, 'a received file is never forgotten'); END;
  CREATE TRIGGER received_file_stays_as_read BEFORE UPDATE ON received_file
    BEGIN SELECT RAISE(ABORT, 'a received file never changes'); END;

  -- チャージ情報, one a number and a card, as CRS sent it.
  CREATE TABLE charge (
    charge_no       INTEGER PRIMARY KEY,
    charge_key      BLOB NOT NULL UNIQUE CHECK (length(charge_key) = 17),
    msisdn          TEXT NOT NULL,
    serial          TEXT NOT NULL,
    charge_kind     TEXT NOT NULL,
    face_value      INTEGER NOT NULL CHECK (face_value > 0),
    charged_at      INTEGER NOT NULL,
    company         INTEGER,
    kind_code       TEXT,
    face_value_code TEXT,
    node_code       TEXT,
    node            TEXT NOT NULL,
    file_number     INTEGER NOT NULL,
    place           INTEGER NOT NULL,
    sequence        INTEGER NOT NULL REFERENCES received_file (sequence)
  ) STRICT;
  CREATE INDEX charge_of_number ON charge (msisdn, charged_at);
  CREATE INDEX charge_of_card ON charge (serial);
  CREATE INDEX charge_of_file ON charge (sequence);
  CREATE TRIGGER charge_stays BEFORE DELETE ON charge
    BEGIN SELECT RAISE(ABORT, 'a charge is never deleted'); END;
  CREATE TRIGGER charge_stays_as_sent BEFORE UPDATE ON charge
    BEGIN SELECT RAISE(ABORT, 'a charge is never changed'); END;

  -- エラー管理: charges that no contract has been credited with yet.
  CREATE TABLE held_charge (
    charge_no       INTEGER PRIMARY KEY REFERENCES charge (charge_no),
    reason          TEXT NOT NULL,
    first_seen_at   INTEGER NOT NULL,
    retries         INTEGER NOT NULL DEFAULT 0,
    last_tried_at   INTEGER,
    released_at     INTEGER,
    released_reason TEXT,
    settled_at      INTEGER
  ) STRICT;
  CREATE INDEX held_charge_open ON held_charge (charge_no) WHERE settled_at IS NULL;
  CREATE TRIGGER held_charge_stays BEFORE DELETE ON held_charge
    BEGIN SELECT RAISE(ABORT, 'an error is settled, never deleted'); END;

  -- Append-only. amount adds to a contract's balance, or takes from it. month: of a charge its month of use, of
  -- anything else the month of use that it settled.
  CREATE TABLE ledger_entry (
    entry_no    INTEGER PRIMARY KEY,
    contract_no INTEGER NOT NULL REFERENCES contract (contract_no),
    kind        TEXT NOT NULL,
    amount      INTEGER NOT NULL,
    month       TEXT NOT NULL,
    occurred_at INTEGER NOT NULL,
    booked_at   INTEGER NOT NULL,
    charge_no   INTEGER REFERENCES charge (charge_no),
    CHECK (CASE kind
      WHEN 'charge' THEN amount > 0 AND charge_no IS NOT NULL
      WHEN 'reinstatement' THEN amount > 0
      WHEN 'application' THEN amount < 0
      WHEN 'expiry' THEN amount < 0
      WHEN 'cancellation' THEN amount < 0
      WHEN 'number_change' THEN amount = 0
      ELSE 0 END)
  ) STRICT;
  CREATE INDEX ledger_entry_of_contract ON ledger_entry (contract_no, entry_no);
  CREATE UNIQUE INDEX ledger_entry_of_charge ON ledger_entry (charge_no) WHERE kind = 'charge';
  CREATE TRIGGER ledger_entry_stays BEFORE DELETE ON ledger_entry
    BEGIN SELECT RAISE(ABORT, 'a ledger entry is never deleted'); END;
  CREATE TRIGGER ledger_entry_stays_as_booked BEFORE UPDATE ON ledger_entry
    BEGIN SELECT RAISE(ABORT, 'a ledger entry is never changed; book another'); END;

  -- Days whose charges are known to be complete: by the day close, or by an operator with a reason.
  CREATE TABLE day (
    day          TEXT PRIMARY KEY,
    sequence     INTEGER REFERENCES received_file (sequence),
    difference   TEXT,
    confirmed_at INTEGER,
    reason       TEXT
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE invoice (
    month       TEXT NOT NULL,
    contract_no INTEGER NOT NULL REFERENCES contract (contract_no),
    total       INTEGER NOT NULL CHECK (total >= 0),
    import_id   TEXT NOT NULL,
    PRIMARY KEY (month, contract_no)
  ) STRICT, WITHOUT ROWID;

  -- through_entry: the ledger as the close sees it. done_contract: contracts up to it are settled.
  CREATE TABLE month_close (
    month         TEXT PRIMARY KEY,
    through_entry INTEGER NOT NULL,
    done_contract INTEGER NOT NULL DEFAULT 0,
    began_at      INTEGER NOT NULL,
    finished_at   INTEGER
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE month_application (
    contract_no   INTEGER NOT NULL REFERENCES contract (contract_no),
    month         TEXT NOT NULL REFERENCES month_close (month),
    invoice       INTEGER NOT NULL CHECK (invoice >= 0),
    carried_in    INTEGER NOT NULL,
    registered    INTEGER NOT NULL,
    expired       INTEGER NOT NULL CHECK (expired >= 0),
    applied       INTEGER NOT NULL CHECK (applied BETWEEN 0 AND invoice),
    forfeited     INTEGER NOT NULL CHECK (forfeited >= 0),
    carried_out   INTEGER NOT NULL CHECK (carried_out >= 0),
    valid_through TEXT,
    PRIMARY KEY (contract_no, month),
    CHECK (carried_in + registered = expired + applied + forfeited + carried_out)
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER month_application_stays BEFORE DELETE ON month_application
    BEGIN SELECT RAISE(ABORT, 'a fixed application is never deleted'); END;
  CREATE TRIGGER month_application_stays_as_fixed BEFORE UPDATE ON month_application
    BEGIN SELECT RAISE(ABORT, 'a fixed application is never changed'); END;

  -- Where the exchange with CRS stands. open_since: the online period that it last opened for.
  CREATE TABLE exchange (
    only_row      INTEGER PRIMARY KEY CHECK (only_row = 1),
    state         TEXT NOT NULL,
    trigger_no    INTEGER NOT NULL,
    last_sequence INTEGER NOT NULL,
    made_at       INTEGER NOT NULL,
    sent          INTEGER NOT NULL,
    open_since    INTEGER
  ) STRICT;

  -- Every change, for aris, in order (B-06). Kept, so that aris can be filled again.
  CREATE TABLE aris_update (
    number INTEGER PRIMARY KEY,
    body   TEXT NOT NULL
  ) STRICT;
  `,
]
