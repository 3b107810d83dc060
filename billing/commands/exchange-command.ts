import { Command } from 'commander'
import type { CommandSurroundings } from '../../platform/command.js'
import { done } from '../http/answers.js'
import { exchangeAnswer } from '../http/exchange-routes.js'
import { momentText } from './arguments.js'
import { withBilling } from './ask-billing.js'

const STATES: Readonly<Record<string, string>> = {
  closed: 'closed for the night: no trigger is sent',
  sending: 'sending a trigger',
  awaiting_file: 'waiting for CRS’s answer',
  awaiting_file_due: 'waiting for CRS’s answer; the next trigger is due',
  reflecting: 'reflecting charge information',
  reflecting_due: 'reflecting charge information; the next trigger is due',
  idle: 'waiting for the trigger timer',
  stopped: 'STOPPED after an alarm: «mcscp billing rearm»',
  closing_sending: 'closing for the night; a trigger is being sent',
  closing_awaiting_file: 'closing for the night; waiting for CRS’s answer',
  closing_reflecting: 'closing for the night; reflecting charge information',
}

/** `mcscp billing exchange`: where the exchange with CRS stands, and its timers. */
export const exchangeCommand = ({ home }: CommandSurroundings): Command =>
  new Command('exchange')
    .description('Shows where the exchange with CRS stands, and every timer that runs.')
    .action(async () => {
      const request = { method: 'GET', path: '/v1/exchange' } as const
      const found = await withBilling(home(), ask => ask(request, exchangeAnswer))
      const { state, trigger, reflectedThrough, now, timers } = found
      console.log(`${momentText(now)}  ${STATES[state] ?? state}`)
      console.log(`trigger ${trigger}; reflected up to file ${reflectedThrough}`)
      for (const { name, dueAt, about } of timers) {
        const minutes = Math.ceil((dueAt - now) / 60_000)
        console.log(`  ${name.padEnd(14)} ${momentText(dueAt)}  in ${minutes} min  (${about})`)
      }
    })

/** `mcscp billing rearm`: lets triggers go out again after an alarm (requirement F-08). */
export const rearmCommand = ({ home }: CommandSurroundings): Command =>
  new Command('rearm')
    .description('Lets triggers go out again after the exchange stopped with an alarm.')
    .action(async () => {
      const request = { method: 'POST', path: '/v1/exchange/rearm' } as const
      const { outcome } = await withBilling(home(), ask => ask(request, done))
      console.log(
        outcome === 'rearmed' ? 'A trigger goes out now.' : 'The exchange does not stand still.',
      )
    })
