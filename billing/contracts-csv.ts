import { CONTRACT_CLASSES, isContractClass } from '../domain/contract-class.js'
import { parseMsisdn } from '../domain/msisdn.js'
import { readTable, type Table } from '../platform/csv.js'
import { type NewContract, parseContractId } from './contract.js'
import { parseCustomerId } from './customer.js'
import { parseMoment } from './moment.js'

/** Longest name of a plan. */
const PLAN_MAX = 64

/**
 * Reads a table of contracts, one contract and its number a line (RFC 4180, UTF-8, header line first):
 * `contract`, `msisdn`, `contract_class`, `plan`, `valid_from` (a day of Japan or a moment), and `customer` where
 * the header line has it. Lines that cannot
 * be used are named, the rest are kept. Throws `FILE_MALFORMED` when the header line is none of ours.
 */
export function readContractsCsv(text: string): Table<NewContract> {
  const header = text.slice(0, text.search(/[\r\n]|$/)).toLowerCase()
  const ofCustomers = header.split(',').some(name => name.trim() === 'customer')
  const columns = ['contract', 'msisdn', 'contract_class', 'plan', 'valid_from'] as const
  return readTable(text, ofCustomers ? [...columns, 'customer'] : columns, field => {
    const contract = parseContractId(field('contract'))
    if (!contract) {
      return `'${field('contract')}' is no contract id: 1 to 32 letters, digits, . _ -`
    }
    const msisdn = parseMsisdn(field('msisdn'))
    if (!msisdn) return `'${field('msisdn')}' is no number: 11 digits, beginning 070, 080 or 090`
    const contractClass = field('contract_class')
    if (!isContractClass(contractClass)) {
      return `'${contractClass}' is no class of contract: ${CONTRACT_CLASSES.join(', ')}`
    }
    const plan = field('plan')
    if (plan.length > PLAN_MAX) return `the plan's name is longer than ${PLAN_MAX} characters`
    const validFrom = parseMoment(field('valid_from'))
    if (validFrom === undefined) {
      return `'${field('valid_from')}' is neither a day, YYYY-MM-DD, nor a moment with its offset`
    }
    const one = { contract, msisdn, contractClass, plan, validFrom }
    if (!ofCustomers || field('customer') === '') return one
    const customer = parseCustomerId(field('customer'))
    if (!customer) return `'${field('customer')}' is no customer id`
    return { ...one, customer }
  })
}
