import { pathToFileURL } from 'node:url'
import type { ChargeId } from '../../domain/charge-id.js'
import type { AddedKind } from '../../domain/charge-kind.js'
import { parseAddedService } from '../../domain/switch-assertion.js'
import { Fault } from '../../platform/fault.js'
import { isOfDisk } from '../../platform/group-commit.js'
import type { Database } from '../../platform/store.js'
import type { Credit, CreditPolicy, Scenario } from './scenario.js'

/** The form of modules that this version reads. */
const FORM = 1

/**
 * What a module that an operator adds exports as `scenario` (requirement M-09; docs/scenarios.md). Its form
 * is kept: a later version of the product reads it, or says that it does not.
 */
export interface AddedScenario {
  readonly form: typeof FORM
  /** 特番 that its callers dial: three or four digits, the first a 1. */
  readonly service: string
  /**
   * Opens its part of the store, in the writer's thread, at each start; answers what is done with each used
   * card, inside the transaction that uses it up. What throws there leaves the card unused.
   */
  openCredit(store: Database, policy: CreditPolicy): (charge: AddedCharge) => void
}

/** A card that was just used in an added scenario. */
export interface AddedCharge {
  /** 1, 2, 3 … without gap among the charges of all added scenarios of this node. */
  readonly sequence: number
  readonly chargeId: ChargeId
  /** Who charged. */
  readonly msisdn: string
  readonly serial: string
  /** In yen. */
  readonly faceValue: number
  /** In ms since 1970. */
  readonly chargedAt: number
  /** What the number registered in this scenario this month, in yen, this card included. */
  readonly registered: number
}

const MEMBERS = ['form', 'service', 'openCredit']

/** Loads a scenario from its module's file; the sentences that say what is wrong with it where it is none. */
export async function loadAddedScenario(
  name: AddedKind,
  file: string,
): Promise<Scenario | readonly string[]> {
  let exported: unknown
  try {
    const loaded: { readonly scenario?: unknown } = await import(pathToFileURL(file).href)
    exported = loaded.scenario
  } catch (error) {
    return [`${name}: ${file} cannot be loaded: ${firstLine(error)}`]
  }
  const mistakes = mistakesOf(exported).map(mistake => `${name}: ${file} ${mistake}`)
  return mistakes.length > 0 ? mistakes : scenarioOf(name, exported as AddedScenario)
}

function mistakesOf(exported: unknown): string[] {
  if (typeof exported !== 'object' || exported === null) return ['exports no object “scenario”']
  const { form, service, openCredit } = exported as Readonly<Record<string, unknown>>
  const strangers = Object.keys(exported).filter(member => !MEMBERS.includes(member))
  return [
    ...(form === FORM ? [] : [`is of form ${form}; this version reads form ${FORM}`]),
    ...(typeof service === 'string' && parseAddedService(service)
      ? []
      : [`has no service number such as 1401: ${service}`]),
    ...(typeof openCredit === 'function' ? [] : ['has no function openCredit']),
    ...strangers.map(member => `has ${member}, which form ${FORM} does not know`),
  ]
}

const scenarioOf = (name: AddedKind, added: AddedScenario): Scenario => ({
  name,
  service: added.service,
  takes: ({ service }) => service === added.service,
  mediaUser: 'charge',
  charging: {
    kind: name,
    openCredit: (store, policy) => creditOf(name, added, store, policy),
  },
})

/** Its code is not ours: what it throws is its own fault, and ends neither this program nor another's calls. */
function creditOf(
  name: AddedKind,
  added: AddedScenario,
  store: Database,
  policy: CreditPolicy,
): Credit {
  const credit = guarded(name, () => added.openCredit(store, policy))
  if (typeof credit !== 'function') {
    throw new Fault('SCENARIO_FAILED', `The scenario ${name} opened no credit.`)
  }
  return ({ record, sequence, registered }) => {
    const { chargeId, msisdn, serial, faceValue, chargedAt } = record
    const charge = { sequence, chargeId, msisdn, serial, faceValue, chargedAt, registered }
    guarded(name, () => {
      const answer: unknown = credit(charge)
      if (answer instanceof Promise) throw waits(answer)
    })
    return { outcome: 'redeemed', faceValue, registered, chargedAt }
  }
}

/** What is done after the commit is not done with the charge: nobody waits for it. */
function waits(answer: Promise<unknown>): Error {
  answer.catch(() => {})
  return new Error('its credit is async; it must be written before it returns')
}

function guarded<T>(name: AddedKind, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    // A failing disk is the store's fault, and its writer's to judge.
    if (isOfDisk(cause)) throw cause
    throw new Fault('SCENARIO_FAILED', `The scenario ${name} failed: ${firstLine(cause)}`, {
      cause,
    })
  }
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : `${error}`).split('\n')[0] ?? ''
