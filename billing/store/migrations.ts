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
  `
  -- 顧客 (requirement P-02). A contract that was taken in without one has a customer of its own name.
  CREATE TABLE customer (
    customer_no  INTEGER PRIMARY KEY,
    customer     TEXT NOT NULL UNIQUE,
    kind         TEXT NOT NULL CHECK (kind IN ('person', 'company')),
    name         TEXT NOT NULL,
    department   TEXT CHECK ((kind = 'company') = (department IS NOT NULL)),
    payer        TEXT NOT NULL CHECK (length(payer) BETWEEN 1 AND 12),
    payment_kind INTEGER NOT NULL CHECK (payment_kind IN (0, 1, 2, 5, 98, 99))
  ) STRICT;
  INSERT INTO customer (customer, kind, name, payer, payment_kind)
    SELECT contract, 'person', contract, printf('P%011d', contract_no), 1 FROM contract
    ORDER BY contract_no;
  ALTER TABLE contract ADD COLUMN customer_no INTEGER REFERENCES customer (customer_no);
  UPDATE contract SET customer_no =
    (SELECT customer_no FROM customer WHERE customer.customer = contract.contract);

  -- From a day on a contract has another plan than it was taken in with (requirement P-13).
  CREATE TABLE plan_change (
    contract_no INTEGER NOT NULL REFERENCES contract (contract_no),
    from_day    TEXT NOT NULL,
    plan        TEXT NOT NULL,
    PRIMARY KEY (contract_no, from_day)
  ) STRICT, WITHOUT ROWID;

  -- ドッチーモ: two numbers in one fee system (requirement B-22), from a month of use on.
  CREATE TABLE contract_pair (
    contract_no INTEGER PRIMARY KEY REFERENCES contract (contract_no),
    partner_no  INTEGER NOT NULL UNIQUE REFERENCES contract (contract_no),
    from_month  TEXT NOT NULL,
    CHECK (contract_no < partner_no)
  ) STRICT;

  -- 利用明細 of a month of use.
  CREATE TABLE usage_line (
    month       TEXT NOT NULL,
    contract_no INTEGER NOT NULL REFERENCES contract (contract_no),
    item        TEXT NOT NULL,
    unit_price  INTEGER NOT NULL,
    quantity    INTEGER NOT NULL CHECK (quantity > 0),
    note        TEXT,
    PRIMARY KEY (month, contract_no, item)
  ) STRICT, WITHOUT ROWID;

  -- The tables of fees that were put in place of the product's, each version to the byte.
  CREATE TABLE fee_table (
    fee_table   TEXT NOT NULL,
    version     INTEGER NOT NULL CHECK (version > 0),
    text        TEXT NOT NULL,
    reason      TEXT NOT NULL,
    replaced_at INTEGER NOT NULL,
    PRIMARY KEY (fee_table, version)
  ) STRICT, WITHOUT ROWID;

  -- 調定: invoices as calculated; corrected until they are final (requirement P-05). body: lines, taxes, customer.
  CREATE TABLE calculated_invoice (
    month         TEXT NOT NULL,
    contract_no   INTEGER NOT NULL REFERENCES contract (contract_no),
    gross         INTEGER NOT NULL CHECK (gross >= 0),
    deductible    INTEGER NOT NULL CHECK (deductible BETWEEN 0 AND gross),
    corrections   INTEGER NOT NULL DEFAULT 0,
    calculated_at INTEGER NOT NULL,
    body          TEXT NOT NULL,
    PRIMARY KEY (month, contract_no)
  ) STRICT, WITHOUT ROWID;

  -- The calculation of a month of use, which may be made again until the month's close begins.
  CREATE TABLE month_calculation (
    month         TEXT PRIMARY KEY,
    run           INTEGER NOT NULL,
    done_contract INTEGER NOT NULL,
    began_at      INTEGER NOT NULL,
    finished_at   INTEGER
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE correction (
    correction_no INTEGER PRIMARY KEY,
    month         TEXT NOT NULL,
    contract_no   INTEGER NOT NULL REFERENCES contract (contract_no),
    corrected_at  INTEGER NOT NULL,
    what          TEXT NOT NULL,
    reason        TEXT NOT NULL,
    before_body   TEXT NOT NULL,
    after_body    TEXT NOT NULL
  ) STRICT;
  CREATE INDEX correction_of_invoice ON correction (month, contract_no);
  CREATE TRIGGER correction_stays BEFORE DELETE ON correction
    BEGIN SELECT RAISE(ABORT, 'a correction is kept'); END;
  CREATE TRIGGER correction_stays_as_made BEFORE UPDATE ON correction
    BEGIN SELECT RAISE(ABORT, 'a correction is kept as it was made'); END;

  -- Rows of a month lie beside each other now, and a settlement fixes one before its month is closed.
  CREATE TABLE month_application_by_month (
    month                TEXT NOT NULL,
    contract_no          INTEGER NOT NULL REFERENCES contract (contract_no),
    invoice              INTEGER NOT NULL CHECK (invoice >= 0),
    deductible           INTEGER NOT NULL CHECK (deductible BETWEEN 0 AND invoice),
    carried_in           INTEGER NOT NULL,
    registered           INTEGER NOT NULL,
    expired              INTEGER NOT NULL CHECK (expired >= 0),
    applied              INTEGER NOT NULL CHECK (applied >= 0),
    applied_to_partner   INTEGER NOT NULL DEFAULT 0 CHECK (applied_to_partner >= 0),
    applied_from_partner INTEGER NOT NULL DEFAULT 0 CHECK (applied_from_partner >= 0),
    forfeited            INTEGER NOT NULL CHECK (forfeited >= 0),
    carried_out          INTEGER NOT NULL CHECK (carried_out >= 0),
    valid_through        TEXT,
    PRIMARY KEY (month, contract_no),
    CHECK (applied + applied_from_partner <= deductible),
    CHECK (carried_in + registered =
      expired + applied + applied_to_partner + forfeited + carried_out)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO month_application_by_month (month, contract_no, invoice, deductible, carried_in,
      registered, expired, applied, forfeited, carried_out, valid_through)
    SELECT month, contract_no, invoice, invoice, carried_in, registered, expired, applied,
      forfeited, carried_out, valid_through
    FROM month_application ORDER BY month, contract_no;
  DROP TABLE month_application;
  ALTER TABLE month_application_by_month RENAME TO month_application;
  CREATE TRIGGER month_application_stays BEFORE DELETE ON month_application
    BEGIN SELECT RAISE(ABORT, 'a fixed application is never deleted'); END;
  CREATE TRIGGER month_application_stays_as_fixed BEFORE UPDATE ON month_application
    BEGIN SELECT RAISE(ABORT, 'a fixed application is never changed'); END;
  CREATE TRIGGER final_invoice_stays BEFORE DELETE ON calculated_invoice
    WHEN EXISTS (SELECT 1 FROM month_application
      WHERE month = OLD.month AND contract_no = OLD.contract_no)
    BEGIN SELECT RAISE(ABORT, 'a final invoice is never deleted'); END;
  CREATE TRIGGER final_invoice_stays_as_fixed BEFORE UPDATE ON calculated_invoice
    WHEN EXISTS (SELECT 1 FROM month_application
      WHERE month = OLD.month AND contract_no = OLD.contract_no)
    BEGIN SELECT RAISE(ABORT, 'a final invoice is never changed'); END;

  -- 即時精算 of contracts that ended (requirement B-13). month: the last month of use, once it is settled.
  CREATE TABLE settlement (
    contract_no INTEGER PRIMARY KEY REFERENCES contract (contract_no),
    asked_at    INTEGER NOT NULL,
    settled_at  INTEGER,
    month       TEXT
  ) STRICT;
  CREATE INDEX settlement_open ON settlement (contract_no) WHERE settled_at IS NULL;

  -- The newest contract that a close sees, as through_entry is the newest entry.
  ALTER TABLE month_close ADD COLUMN through_contract INTEGER;

  -- Months of use of which settlements fixed invoices before the month's close.
  CREATE TABLE settled_month (month TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

  -- What came after a settlement and was settled again (§7.16).
  CREATE TABLE late_settlement (
    charge_no   INTEGER PRIMARY KEY REFERENCES charge (charge_no),
    contract_no INTEGER NOT NULL REFERENCES settlement (contract_no),
    month       TEXT NOT NULL,
    applied     INTEGER NOT NULL CHECK (applied >= 0),
    forfeited   INTEGER NOT NULL CHECK (forfeited >= 0),
    settled_at  INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX late_settlement_of_contract ON late_settlement (contract_no);
  CREATE TRIGGER late_settlement_stays BEFORE DELETE ON late_settlement
    BEGIN SELECT RAISE(ABORT, 'a settlement is never deleted'); END;
  CREATE TRIGGER late_settlement_stays_as_made BEFORE UPDATE ON late_settlement
    BEGIN SELECT RAISE(ABORT, 'a settlement is never changed'); END;
  `,
  `
  -- What other systems get, one a period and kind (B-17, B-18, B-20). after_no, through_no: what a daily one is made
  -- of, by the numbers of ledger entries or of received files. records is NULL until its file is on disk.
  CREATE TABLE delivery (
    kind       TEXT NOT NULL,
    number     INTEGER NOT NULL CHECK (number > 0),
    period     TEXT NOT NULL,
    made_at    INTEGER NOT NULL,
    after_no   INTEGER NOT NULL,
    through_no INTEGER NOT NULL,
    records    INTEGER,
    sum_yen    INTEGER,
    sha256     TEXT,
    PRIMARY KEY (kind, number),
    UNIQUE (kind, period)
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER delivery_stays BEFORE DELETE ON delivery
    BEGIN SELECT RAISE(ABORT, 'a delivery is never forgotten'); END;
  CREATE TRIGGER delivery_stays_as_sent BEFORE UPDATE ON delivery WHEN OLD.records IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'a delivery never changes'); END;

  -- 日次エラーリスト (B-09): what was held at the end of each day; a day without errors has no lines. filed_at is NULL
  -- until its print is on disk.
  CREATE TABLE error_report (
    day      TEXT PRIMARY KEY,
    made_at  INTEGER NOT NULL,
    filed_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX error_report_unfiled ON error_report (day) WHERE filed_at IS NULL;
  CREATE TABLE reported_error (
    day           TEXT NOT NULL REFERENCES error_report (day),
    charge_no     INTEGER NOT NULL REFERENCES charge (charge_no),
    reason        TEXT NOT NULL,
    first_seen_at INTEGER NOT NULL,
    retries       INTEGER NOT NULL,
    age           INTEGER NOT NULL,
    face_value    INTEGER NOT NULL,
    PRIMARY KEY (day, charge_no)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE opened_report (
    report_day TEXT NOT NULL REFERENCES error_report (day),
    terminal   TEXT NOT NULL,
    opened_at  INTEGER NOT NULL,
    PRIMARY KEY (report_day, terminal)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Two numbers of one contract may each have used an item. msisdn is empty where a line names the contract.
  CREATE TABLE usage_line_by_number (
    month       TEXT NOT NULL,
    contract_no INTEGER NOT NULL REFERENCES contract (contract_no),
    item        TEXT NOT NULL,
    msisdn      TEXT NOT NULL,
    unit_price  INTEGER NOT NULL,
    quantity    INTEGER NOT NULL CHECK (quantity > 0),
    note        TEXT,
    import_id   TEXT NOT NULL,
    PRIMARY KEY (month, contract_no, item, msisdn)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO usage_line_by_number
    SELECT month, contract_no, item, '', unit_price, quantity, note, '' FROM usage_line
    ORDER BY month, contract_no, item;
  DROP TABLE usage_line;
  ALTER TABLE usage_line_by_number RENAME TO usage_line;
  `,
  `
  -- The first month of use that a settlement fixed.
  ALTER TABLE settlement ADD COLUMN first_month TEXT;
  UPDATE settlement SET first_month = coalesce(
    (SELECT min(a.month) FROM month_application AS a LEFT JOIN month_close AS c ON c.month = a.month
      WHERE a.contract_no = settlement.contract_no AND a.month <= settlement.month
        AND (c.finished_at IS NULL OR settlement.settled_at < c.finished_at)), month)
    WHERE settled_at IS NOT NULL;

  -- What charges that came after a settlement paid of its invoices, in the order of the months (§7.16).
  CREATE TABLE late_payment (
    month       TEXT NOT NULL,
    contract_no INTEGER NOT NULL REFERENCES settlement (contract_no),
    charge_no   INTEGER NOT NULL REFERENCES late_settlement (charge_no),
    amount      INTEGER NOT NULL CHECK (amount > 0),
    paid_at     INTEGER NOT NULL,
    PRIMARY KEY (month, contract_no, charge_no)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX late_payment_in_time ON late_payment (paid_at);
  INSERT INTO late_payment
    SELECT month, contract_no, charge_no, applied, settled_at FROM late_settlement
    WHERE applied > 0 ORDER BY month, contract_no, charge_no;
  CREATE TRIGGER late_payment_stays BEFORE DELETE ON late_payment
    BEGIN SELECT RAISE(ABORT, 'a payment is never deleted'); END;
  CREATE TRIGGER late_payment_stays_as_made BEFORE UPDATE ON late_payment
    BEGIN SELECT RAISE(ABORT, 'a payment is never changed'); END;
  `,
  `
  -- Months that operators hold open: no close of one begins. released_at is NULL while a hold stands.
  CREATE TABLE month_hold (
    hold_no        INTEGER PRIMARY KEY,
    month          TEXT NOT NULL,
    held_at        INTEGER NOT NULL,
    reason         TEXT NOT NULL,
    released_at    INTEGER,
    release_reason TEXT,
    CHECK ((released_at IS NULL) = (release_reason IS NULL))
  ) STRICT;
  CREATE UNIQUE INDEX month_hold_standing ON month_hold (month) WHERE released_at IS NULL;
  CREATE TRIGGER month_hold_stays BEFORE DELETE ON month_hold
    BEGIN SELECT RAISE(ABORT, 'a hold is kept'); END;
  CREATE TRIGGER month_hold_stays_as_released BEFORE UPDATE ON month_hold
    WHEN OLD.released_at IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'a hold that is over is kept as it was'); END;
  `,
  `
  -- What collection brought of final invoices (requirement P-04); amount is 0 of a refusal.
  CREATE TABLE payment (
    payment_no  INTEGER PRIMARY KEY,
    reference   TEXT NOT NULL UNIQUE,
    month       TEXT NOT NULL,
    contract_no INTEGER NOT NULL,
    result      TEXT NOT NULL CHECK (result IN ('paid', 'refused')),
    amount      INTEGER NOT NULL CHECK ((result = 'paid') = (amount > 0) AND amount >= 0),
    on_day      TEXT NOT NULL,
    booked_at   INTEGER NOT NULL,
    FOREIGN KEY (month, contract_no) REFERENCES month_application (month, contract_no)
  ) STRICT;
  CREATE INDEX payment_of_invoice ON payment (month, contract_no);
  CREATE INDEX payment_refused ON payment (month, contract_no) WHERE result = 'refused';
  CREATE TRIGGER payment_stays BEFORE DELETE ON payment
    BEGIN SELECT RAISE(ABORT, 'a payment is never deleted'); END;
  CREATE TRIGGER payment_stays_as_made BEFORE UPDATE ON payment
    BEGIN SELECT RAISE(ABORT, 'a payment is never changed'); END;

  -- What a person decided of them; the last one holds.
  CREATE TABLE payment_mark (
    mark_no     INTEGER PRIMARY KEY,
    month       TEXT NOT NULL,
    contract_no INTEGER NOT NULL,
    mark        TEXT NOT NULL CHECK (mark IN ('written_off', 'not_billable', 'taken_back')),
    reason      TEXT NOT NULL,
    marked_at   INTEGER NOT NULL,
    FOREIGN KEY (month, contract_no) REFERENCES month_application (month, contract_no)
  ) STRICT;
  CREATE INDEX payment_mark_of_invoice ON payment_mark (month, contract_no, mark_no);
  CREATE TRIGGER payment_mark_stays BEFORE DELETE ON payment_mark
    BEGIN SELECT RAISE(ABORT, 'a decision is kept'); END;
  CREATE TRIGGER payment_mark_stays_as_made BEFORE UPDATE ON payment_mark
    BEGIN SELECT RAISE(ABORT, 'a decision is kept as it was made'); END;

  -- 名義変更: which contract took the number of another over (§7.7).
  CREATE TABLE contract_transfer (
    contract_no    INTEGER PRIMARY KEY REFERENCES contract (contract_no),
    to_contract_no INTEGER NOT NULL UNIQUE REFERENCES contract (contract_no)
  ) STRICT;
  CREATE TRIGGER contract_transfer_stays BEFORE DELETE ON contract_transfer
    BEGIN SELECT RAISE(ABORT, 'a transfer is never deleted'); END;
  `,
]
