import { Command } from 'commander'
import type { CommandSurroundings } from '../../platform/command.js'
import { askAct } from '../../platform/office-acts.js'
import { asOption, asPerson } from '../../platform/person-login.js'
import { Type } from '../../platform/schema.js'

const servicesAnswer = Type.Object({
  services: Type.Array(
    Type.Object({
      service: Type.String(),
      stopped: Type.Boolean(),
      stoppedBySettings: Type.Boolean(),
      media: Type.String(),
    }),
  ),
})

/** Who gives a command, and why. */
interface Given {
  readonly as: string
  readonly reason: string
}

/** `mcscp services`: サービス停止・切替・開始 (requirement M-06). */
export function servicesCommand(surroundings: CommandSurroundings): Command {
  const services = new Command('services')
    .summary('stop, start and switch over the services of the MCSCP')
    .description(
      'Stops, starts and switches over the services of the MCSCP, each by itself. New calls alone are ' +
        'touched: those under way finish where they are. What is decided holds over a restart. noc and ' +
        'scp must be running.',
    )
  services
    .command('list')
    .description('Lists the services: whether each takes new calls, and where those go.')
    .addOption(asOption())
    .action(({ as }: Pick<Given, 'as'>) => list(surroundings, as))
  const change = (name: string, about: string) =>
    services
      .command(name)
      .description(about)
      .argument('<service>', 'as `mcscp services list` names it')
      .requiredOption('--reason <text>', 'why, for the record')
      .addOption(asOption())
  change('stop', 'Takes no new calls of a service: callers hear that it is stopped.').action(
    (service: string, given: Given) => act(surroundings, 'stop_service', given, { service }),
  )
  change('start', 'Takes calls of a service again.').action((service: string, given: Given) =>
    act(surroundings, 'start_service', given, { service }),
  )
  change('switch', 'Sends new calls of a service to another media engine, and so to another ivr.')
    .argument('<media>', 'host:port, with ;transport=tcp if it is; settings: as the settings say')
    .action((service: string, media: string, given: Given) =>
      act(surroundings, 'switch_service', given, {
        service,
        ...(media === 'settings' ? {} : { media }),
      }),
    )
  return services
}

const list = (surroundings: CommandSurroundings, as: string): Promise<void> =>
  asPerson(surroundings, as, async office => {
    const { services } = await office.get('/api/office/services', servicesAnswer)
    for (const { service, stopped, stoppedBySettings, media } of services) {
      const state = stopped ? '停止中 · stopped' : '運転中 · running'
      const why = stoppedBySettings ? '  by MCSCP_SERVICES_STOPPED' : ''
      console.log(`${service.padEnd(10)}  ${state}  new calls to ${media}${why}`)
    }
  })

const act = (
  surroundings: CommandSurroundings,
  name: string,
  { as, reason }: Given,
  payload: { readonly service: string; readonly media?: string },
): Promise<void> =>
  asPerson(surroundings, as, async office => {
    await askAct(office, name, reason, payload)
    console.log(`完了 · done: ${name.replace('_', ' ').replace('service', payload.service)}`)
  })
