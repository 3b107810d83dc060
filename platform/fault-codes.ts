/**
 * Every operating fault the product can report, with what it means and what an operator does about it.
 * A test holds docs/operations.md against this list.
 */
export const FAULT_CODES = {
  SETTINGS_INVALID: {
    meaning: 'One or more settings are missing, unknown or out of range; all of them are listed.',
    remedy: 'Correct the named lines in mcscp.conf or the environment and start again.',
  },
  PORT_TAKEN: {
    meaning: 'Another program already listens on an address this program needs.',
    remedy: 'Stop the other program, or choose another port by the setting that is named.',
  },
  FOLDER_NOT_WRITABLE: {
    meaning: 'A folder that must hold stores, files or logs cannot be written.',
    remedy:
      'Give the user who runs mcscp write permission, or choose another folder by MCSCP_HOME.',
  },
  FILE_UNREADABLE: {
    meaning: 'A file that is there cannot be read: no permission, or a folder in its place.',
    remedy: 'Give the user who runs mcscp read permission, or put the right file in its place.',
  },
  KEY_FILE_EXPOSED: {
    meaning: 'A file that holds a secret can be read or written by others than its owner.',
    remedy: 'Run chmod 600 on the named file; if others may have read it, replace the secret.',
  },
  SECRET_REFUSED: {
    meaning: 'A secret is empty, too short, or a well-known default.',
    remedy:
      'Delete the named file so that a fresh secret is made, or write one of 16 or more characters.',
  },
  PIN_KEY_MISSING: {
    meaning: 'The key file lacks a key with which the PINs of cards in the store were digested.',
    remedy:
      'Put the key file back that belongs to this store; without it none of its cards can be used.',
  },
  STORE_DAMAGED: {
    meaning: 'A store is not a store of this product, or fails its integrity check.',
    remedy:
      'Keep the file aside untouched and restore the latest backup; nothing was written to it.',
  },
  STORE_TOO_OLD: {
    meaning:
      'A store that a command looks at was last written by an earlier version of the product.',
    remedy: 'Start its program once: that brings the store to its newest form.',
  },
  STORE_TOO_NEW: {
    meaning: 'A store was written by a later version of the product.',
    remedy: 'Start the later version; a store is never taken back to an earlier form.',
  },
  STORE_FAILED: {
    meaning: 'The store could not commit: the disk is full, failing or locked.',
    remedy: 'Free space or repair the disk. Nothing unconfirmed was acknowledged.',
  },
  OVERLOADED: {
    meaning: 'A queue is at its bound, so the request was refused before any work was done.',
    remedy: 'None needed for a short burst; if it lasts, lower the accepted rate or add a node.',
  },
  PEER_UNREACHABLE: {
    meaning: 'Another program of the network did not answer within its deadline.',
    remedy:
      'See whether the named program runs; the work is tried again by itself where it may be.',
  },
  PEER_ANSWER_INVALID: {
    meaning: 'Another program answered with something its interface does not allow.',
    remedy: 'Run the same version of all programs; report it if they are.',
  },
  FILE_MALFORMED: {
    meaning: 'A file does not have the form its kind requires; the line is named.',
    remedy: 'Correct the line or obtain the file again.',
  },
  CLOSED_FILE_CHANGED: {
    meaning: 'A closed file, which never changes, is not as the program wrote it.',
    remedy: 'Keep the named file aside; the program then writes it again from its store.',
  },
  SIGNATURE_WRONG: {
    meaning: 'A request to CRS is not signed, or by another key than the node’s.',
    remedy:
      'Put the same file keys/transfer-<node> at both ends, and name the node in MCSCP_CRS_NODES.',
  },
  SEQUENCE_GAP: {
    meaning: 'A file came before the one that must come first; CRS asked for that one again.',
    remedy:
      'The node sends again from there by itself. If that lasts, one of the two has lost what it had: compare both before anything is restored.',
  },
  CONTENT_CHANGED: {
    meaning: 'A file came under a number that was acknowledged before with another content.',
    remedy:
      'Compare the node’s file with what CRS took: a node restored from an old backup, or a damaged file. What was taken stands; the node sends nothing more until its file is as acknowledged.',
  },
  DAY_CLOSE_DIFFERS: {
    meaning: 'A node’s day close does not say what CRS received of that day.',
    remedy:
      'Compare the node’s quarter-hour files of the day with its charge log; the hourly files wait, and the node asks again at every quarter-hour.',
  },
  CHARGE_REPEATED: {
    meaning: 'A charge id came a second time in another record; CRS handed on the first alone.',
    remedy: 'Compare the two records that the log names; a subscriber may have lost a card.',
  },
  DELIVERY_LATE: {
    meaning: 'A node has not delivered what is due, so that an hour cannot be closed.',
    remedy:
      'See whether scp runs on that node and reaches CRS; it sends all by itself once it does. If it stays away, «mcscp crs nodes out»: hours are then closed without it.',
  },
  NODE_OUT: {
    meaning:
      'A node was declared out: hours are closed without it, and their files say how much is missing.',
    remedy:
      'Bring the node back and «mcscp crs nodes in» once it delivers; what it still has goes into the next hour. If it never comes back, «mcscp crs nodes remove» when it has delivered all.',
  },
  CODE_TABLE_INVALID: {
    meaning: 'One or more lines of the code tables are wrong; all of them are listed.',
    remedy:
      'Correct the named lines in the folder code-tables; then start crs, or «mcscp crs tables replace» where it runs.',
  },
  RECORD_UNMAPPED: {
    meaning: 'Charge records stand in the error section, because no code table has what they hold.',
    remedy:
      'Complete the named table in the folder code-tables, then «mcscp crs tables replace»; billing holds those records as errors.',
  },
  TRIGGER_REFUSED: {
    meaning: 'Billing sent a trigger that does not follow what CRS knows of the exchange.',
    remedy:
      'See whether the store of billing or of CRS was restored from an old backup; nothing was offered.',
  },
  UNITS_DIFFER: {
    meaning: 'The MSCP has other units under a charge id than scp hands over.',
    remedy:
      'See whether the store of scp or of the switch was restored from an old backup; compare both by that charge id.',
  },
  SCENARIO_FAILED: {
    meaning: 'The module of an added scenario failed; the card it was to credit stays unused.',
    remedy:
      'Mend the module that MCSCP_SCENARIOS names, or stop its service; other services are not touched.',
  },
  EXCHANGE_STOPPED: {
    meaning:
      'Billing sends no more triggers to CRS: one was not answered in time, or not reflected.',
    remedy:
      'See why in the log line above it; then «mcscp billing rearm». The next opening in the morning re-arms it too.',
  },
  MONTH_NOT_CLOSED: {
    meaning: 'A month could not be closed on its day, so that its invoices are not final.',
    remedy:
      'See the reason in the alarm: let the days of the month be confirmed («mcscp billing days»), or release it where an operator holds it («mcscp billing release-month»). It is tried again every hour by itself.',
  },
  DAY_NOT_CONFIRMED: {
    meaning:
      'A forwarded day close does not say what billing reflected of that day’s hourly files.',
    remedy:
      'Compare the hourly files of the day, in billing-files, with crs’s; then «mcscp billing days confirm» with the reason. Until then no later day counts as complete.',
  },
  CHARGE_HELD: {
    meaning: 'A charge stands in billing’s error bin, with the reason.',
    remedy:
      'An unknown number: import its contract; the charge is tried again the next day. Unmapped: «mcscp billing errors release» once CRS’s table is mended.',
  },
  LOG_IN_REFUSED: {
    meaning: 'A wrong account or password was given to the FTP server of CRS.',
    remedy:
      'See whether billing has the same file keys/ftp-billing; if it has, somebody else is trying.',
  },
  NO_SUCH_CALL_SESSION: {
    meaning: 'The token does not name a call that scp knows.',
    remedy: 'None: the call has ended or never was.',
  },
  NO_SUCH_SUBSCRIBER: {
    meaning: 'Billing knows no contract with this number, or none by this name.',
    remedy: 'See whether the contract was imported; what is charged meanwhile waits as an error.',
  },
  TICKET_REFUSED: {
    meaning: 'An enquiry ticket was not made with the key of this network, or is too old.',
    remedy: 'See that scp and aris share one key file enquiry-ticket and one time of day.',
  },
  COMMAND_REFUSED: {
    meaning: 'A command asks for something that the program does not do.',
    remedy: 'Give the command again as the message says; nothing was done.',
  },
  ACT_NOT_ALLOWED: {
    meaning: 'The person’s role may not do that; the attempt stands in the audit log.',
    remedy: 'Let a person do it whose role may; docs/office.md has the table.',
  },
  ACT_REFUSED: {
    meaning: 'What the card office was asked to do cannot be done as things stand.',
    remedy: 'See what the message says; nothing was changed.',
  },
  APPROVAL_REFUSED: {
    meaning:
      'An approval was not given: one’s own request, the same role, too late, decided already, or not what was seen.',
    remedy:
      'Look at it again by «mcscp approvals show», and let another person with another role decide; after seven days ask anew.',
  },
  NO_SUCH_APPROVAL: {
    meaning: 'No act waits for approval under this number.',
    remedy: 'See «mcscp approvals list».',
  },
  AUDIT_BROKEN: {
    meaning:
      'The audit log of the card office is not as it was written; the first such entry is named.',
    remedy:
      'Keep the store aside untouched, compare it with the latest backup, and find out who could write to it.',
  },
  SIMULATION_ONLY: {
    meaning: 'What is asked for is refused outside simulation.',
    remedy: 'Set MCSCP_SIMULATION=on only in a network that charges no real money.',
  },
  LOCK_STORM: {
    meaning: 'Many handsets were locked within ten minutes (MCSCP_ALARM_LOCKS).',
    remedy:
      'Look up the wrong numbers by «mcscp log search --outcome unknown»: somebody guesses, or a batch of cards was sold that is not active.',
  },
  BACKUP_TOO_OLD: {
    meaning: 'A store was restored from a backup that does not lead to what CRS accepted since.',
    remedy:
      'Restore a later backup, one that has the named card or quarter-hour. The node takes no calls until then.',
  },
  BACKUP_REFUSED: {
    meaning: 'A backup cannot be taken or put back as asked; nothing was overwritten.',
    remedy:
      'Do as the message says: choose another folder, end the programs, or move old stores aside.',
  },
  CARD_PROBED: {
    meaning:
      'A card was locked, since many handsets keyed it that could not use it (MCSCP_CARD_LOCK_HANDSETS).',
    remedy:
      'See «mcscp locks list», and who keyed it by «mcscp locks show <serial>». A number that goes round before the card is sold has leaked: freeze its range and find out where. Release the card with a reason when its owner is known.',
  },
  GUESS_RATE_HIGH: {
    meaning:
      'Wrong card numbers are keyed in all of the service far faster than is usual, and it brakes: who keys one waits before the next (MCSCP_GUESS_RATE_MAX, MCSCP_BRAKE_PAUSE_MINUTES).',
    remedy:
      'See «mcscp locks list», and who keys them by «mcscp log search»: many handsets with few tries each are somebody who guesses. The brake releases itself when the wrong numbers cease; if customers are held without need, end it by «mcscp locks end-brake» and raise the limit.',
  },
  CLOCK_WENT_BACK: {
    meaning:
      'A clock shows an earlier time than it had shown, or than the store of scp speaks of, by more than a second.',
    remedy:
      'See to the machine’s time service. Charges keep their order: they are stamped with the latest moment that was shown, and quarter-hours wait until the clock has caught up. Where that moment was wrong and far ahead, do as docs/operations.md says under «A clock that was wrong».',
  },
  CLOCK_LEAPT: {
    meaning:
      'A clock went forward by five minutes or more at once, and nobody had moved the clock of a simulation.',
    remedy:
      'See which time is right. If the clock is wrong, end the node at once, before it charges or delivers more, put the clock right, and do as docs/operations.md says under «A clock that was wrong». If it was behind and is right now, or the machine was asleep, acknowledge the alarm.',
  },
  DISK_SPACE_LOW: {
    meaning: 'The disk of the home folder is nearly full (MCSCP_ALARM_DISK_MB).',
    remedy:
      'Free space or enlarge the disk. Once it is full, cards are refused and nothing that was told is lost.',
  },
  TRANSFER_LATE: {
    meaning: 'A closed file has waited for CRS longer than it may (MCSCP_ALARM_BACKLOG_MINUTES).',
    remedy:
      'See why in the alarm of the transfer beside it; all files follow in order by themselves.',
  },
  GUIDANCE_DAMAGED: {
    meaning:
      'A guidance clip that is in force is missing or not as it was taken in; ivr goes on with the guidance before.',
    remedy: 'Take the clips in again by «mcscp tables clips», or roll the table guidance back.',
  },
  CERTIFICATE_INVALID: {
    meaning:
      'The TLS certificate of a signalling engine ends within 14 days, or its files were changed to what cannot be used; the engine goes on with what it had.',
    remedy:
      'Put a certificate with its key and chain into the named files; it is taken within 30 s, without a restart, and calls go on.',
  },
  CLOCK_DAMAGED: {
    meaning: 'The file of the network’s clock is not as mcscp wrote it, so the time is not known.',
    remedy:
      'Put the file back, or give the time anew by mcscp clock repair --at; a running program keeps the clock that it has.',
  },
} as const satisfies Record<string, { meaning: string; remedy: string }>

export type FaultCode = keyof typeof FAULT_CODES

/** Whether a text, as another program answered it, is the code of a fault that we know. */
export const isFaultCode = (code: unknown): code is FaultCode =>
  typeof code === 'string' && Object.hasOwn(FAULT_CODES, code)
