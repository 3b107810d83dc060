import { BALANCE_SERVICE_NUMBER } from '../../../domain/switch-assertion.js'
import type { Scenario } from '../scenario.js'

/** 特番157: tells what is registered (requirements S-29, S-30, §7.10). A locked handset may hear it. */
export const balance: Scenario = {
  name: 'balance',
  takes: ({ service }) => service === BALANCE_SERVICE_NUMBER,
  mediaUser: 'balance',
}
