import { ROLES, type Role } from '../../domain/role.js'

/** Who may ask a route. */
export type Allowed = readonly Role[] | 'anyone'

const ANYONE = 'anyone'
const EVERYBODY = ROLES
const ON_DUTY = ['operator', 'supervisor', 'auditor'] as const
const ACTING = ['operator', 'supervisor', 'card-issuer', 'key-custodian'] as const
const DECIDING = [...ACTING, 'auditor'] as const
const OF_LIABILITY = ['supervisor', 'card-issuer', 'auditor'] as const
const RELEASING = ['operator', 'supervisor'] as const
const AUDITING = ['supervisor', 'auditor'] as const
const WATCHING = ['supervisor', 'auditor', 'administrator'] as const
const ENDING = ['supervisor', 'administrator'] as const
const ADMINISTRATOR = ['administrator'] as const
const KEEPING = ['key-custodian'] as const
const SUPERVISOR = ['supervisor'] as const

/**
 * Every route of noc with who may ask it (fault test XW4), written here by hand and nowhere read by noc: a route that
 * is new, gone, or open to somebody else fails. HEAD goes with GET; built files are anyone's.
 */
// biome-ignore format: table
export const ROLE_MATRIX: readonly (readonly [method: string, url: string, Allowed])[] = [
  ['POST', '/login', ANYONE],
  ['GET', '/api/me', EVERYBODY],
  ['POST', '/logout', EVERYBODY],
  ['GET', '/api/traffic', EVERYBODY],
  ['GET', '/traffic.csv', EVERYBODY],
  ['GET', '/api/traffic/live', EVERYBODY],
  ['GET', '/api/calls', EVERYBODY],
  ['GET', '/api/calls/ladder', EVERYBODY],
  ['GET', '/api/calls/live', EVERYBODY],
  ['GET', '/api/proof', EVERYBODY],
  ['POST', '/api/office/acts/:act', ACTING],
  ['GET', '/api/office/approvals', DECIDING],
  ['GET', '/api/office/approvals/:approval', DECIDING],
  ['POST', '/api/office/approvals/:approval/decision', ACTING],
  ['GET', '/api/office/audit', AUDITING],
  ['GET', '/api/office/audit/check', AUDITING],
  ['GET', '/api/office/services', ON_DUTY],
  ['GET', '/api/office/tables', ON_DUTY],
  ['GET', '/api/office/tables/:table', ON_DUTY],
  ['POST', '/api/office/tables/:table/check', ON_DUTY],
  ['GET', '/api/office/locks', ON_DUTY],
  ['GET', '/api/office/locks/:msisdn', ON_DUTY],
  ['GET', '/api/office/card-locks/:serial', ON_DUTY],
  ['GET', '/api/office/batches', DECIDING],
  ['GET', '/api/office/batches/:batch', DECIDING],
  ['GET', '/api/office/cards/:serial', DECIDING],
  ['GET', '/api/office/card-effects', DECIDING],
  ['GET', '/api/office/liability', OF_LIABILITY],
  ['GET', '/liability.csv', OF_LIABILITY],
  ['GET', '/batches.csv', DECIDING],
  ['POST', '/api/office/print-files', KEEPING],
  ['POST', '/api/office/card-imports', KEEPING],
  ['GET', '/api/billing/numbers/:msisdn', ON_DUTY],
  ['GET', '/api/billing/cards/:serial', ON_DUTY],
  ['GET', '/api/billing/contracts/:contract', ON_DUTY],
  ['GET', '/api/billing/aladin/numbers/:of', ON_DUTY],
  ['GET', '/api/billing/aladin/cards/:of', ON_DUTY],
  ['GET', '/api/billing/aladin/contracts/:of', ON_DUTY],
  ['GET', '/api/billing/held-charges', ON_DUTY],
  ['GET', '/api/billing/exchange', ON_DUTY],
  ['GET', '/api/billing/days', ON_DUTY],
  ['GET', '/api/billing/deliveries', ON_DUTY],
  ['GET', '/api/billing/journals/:number', ON_DUTY],
  ['GET', '/api/billing/months/:month/progress', ON_DUTY],
  ['GET', '/api/billing/months/:month/rehearsal', ON_DUTY],
  ['GET', '/api/billing/months/:month/invoices/:of', ON_DUTY],
  ['POST', '/api/billing/exchange/rearm', RELEASING],
  ['POST', '/api/billing/held-charges/retry', RELEASING],
  ['POST', '/api/billing/held-charges/:id/release', RELEASING],
  ['POST', '/api/billing/days/confirmation', SUPERVISOR],
  ['POST', '/api/billing/months/:month/calculation', SUPERVISOR],
  ['POST', '/api/billing/months/:month/close', SUPERVISOR],
  ['POST', '/api/billing/months/:month/hold', SUPERVISOR],
  ['POST', '/api/billing/months/:month/release', SUPERVISOR],
  ['POST', '/api/billing/months/:month/payment-marks', SUPERVISOR],
  ['GET', '/api/billing/months/:month/bills/:of.pdf', ON_DUTY],
  ['GET', '/api/alarms', EVERYBODY],
  ['GET', '/api/alarms/history', EVERYBODY],
  ['POST', '/api/alarms/:alarm/acknowledge', RELEASING],
  ['POST', '/api/alarms/:alarm/notes', RELEASING],
  ['GET', '/api/entries', EVERYBODY],
  ['GET', '/entries.csv', EVERYBODY],
  ['GET', '/api/phone', EVERYBODY],
  ['GET', '/api/phone/cards', EVERYBODY],
  ['GET', '/api/generator', EVERYBODY],
  ['POST', '/api/generator/start', RELEASING],
  ['POST', '/api/generator/stop', RELEASING],
  ['GET', '/api/people/accounts', WATCHING],
  ['GET', '/api/people/sessions', WATCHING],
  ['GET', '/api/people/functions', WATCHING],
  ['GET', '/api/people/log', WATCHING],
  ['GET', '/api/people/log/check', WATCHING],
  ['GET', '/api/people/groups', WATCHING],
  ['POST', '/api/people/sessions/:session/end', ENDING],
  ['POST', '/api/people/accounts', ADMINISTRATOR],
  ['POST', '/api/people/accounts/:account/name', ADMINISTRATOR],
  ['POST', '/api/people/accounts/:account/password', ADMINISTRATOR],
  ['POST', '/api/people/accounts/:account/disabling', ADMINISTRATOR],
  ['POST', '/api/people/accounts/:account/enabling', ADMINISTRATOR],
  ['POST', '/api/people/accounts/:account/group', ADMINISTRATOR],
  ['POST', '/api/people/groups', ADMINISTRATOR],
  ['POST', '/api/people/groups/removal', ADMINISTRATOR],
  ['GET', '/', EVERYBODY],
  ['GET', '/now', EVERYBODY],
  ['GET', '/alarms', EVERYBODY],
  ['GET', '/entries', EVERYBODY],
  ['GET', '/locks', EVERYBODY],
  ['GET', '/services', EVERYBODY],
  ['GET', '/approvals', EVERYBODY],
  ['GET', '/cards', EVERYBODY],
  ['GET', '/billing', EVERYBODY],
  ['GET', '/people', EVERYBODY],
  ['GET', '/phone', EVERYBODY],
  ['GET', '/docs', EVERYBODY],
  ['GET', '/docs/openapi.json', EVERYBODY],
  ['GET', '/generator', EVERYBODY],
  ['GET', '/login', ANYONE],
  ['GET', '/icon.svg', ANYONE],
]
