import { SIP_ADDRESS } from '../../domain/sip-address.js'
import { Fault } from '../../platform/fault.js'
import { type Static, Type } from '../../platform/schema.js'
import type { ServiceState, ServiceStates } from '../store/service-states.js'
import { act, type Performed } from './act.js'

const service = Type.String({ maxLength: 32 })

const one = Type.Object({ service }, { additionalProperties: false })

/** `media`: host and port with parameters if any, several with `|` between; absent: the media engine of the settings again. */
const switched = Type.Object(
  { service, media: Type.Optional(Type.String({ maxLength: 100 })) },
  { additionalProperties: false },
)

/** Who is on duty decides alone: a service that does harm is stopped at once. */
const byOneAlone = {
  by: ['operator', 'supervisor'],
  approvedBy: [],
  needsApproval: () => false,
  subject: ({ service }: Static<typeof one>) => `service ${service}`,
} as const

/** サービス停止: its new calls hear that it is stopped; calls under way finish (requirement M-06). */
export const stopService = act({
  ...byOneAlone,
  name: 'stop_service',
  schema: one,
  describe: ({ service }: Static<typeof one>) => `stop the service ${service}`,
  perform: ({ services }, { service }) =>
    change(services, { ...services.of(service), stopped: true }),
})

/** サービス開始: takes new calls again. */
export const startService = act({
  ...byOneAlone,
  name: 'start_service',
  schema: one,
  describe: ({ service }: Static<typeof one>) => `start the service ${service}`,
  perform: ({ services }, { service }) =>
    change(services, { ...services.of(service), stopped: false }),
})

/** サービス切替: its new calls go to another media engine, and so to another ivr; calls under way stay. */
export const switchService = act({
  ...byOneAlone,
  name: 'switch_service',
  schema: switched,
  describe: ({ service, media }: Static<typeof switched>) =>
    `send new calls of ${service} to ${media ?? 'the media engine of the settings'}`,
  perform: ({ services }, { service, media }) =>
    change(services, { ...services.of(service), media }),
})

function change(services: ServiceStates, state: ServiceState): Performed {
  const { names } = services
  if (!names.includes(state.service)) {
    throw new Fault(
      'ACT_REFUSED',
      `There is no service ${state.service}; there are ${names.join(', ')}.`,
    )
  }
  if (state.media !== undefined && !state.media.split('|').every(one => SIP_ADDRESS.test(one))) {
    const like = '192.0.2.7:5080;transport=tcp'
    throw new Fault(
      'ACT_REFUSED',
      `${state.media} is no address of a media engine, such as ${like}, or of several with | between.`,
    )
  }
  const before = services.of(state.service)
  if (before.stopped === state.stopped && before.media === state.media) {
    throw new Fault('ACT_REFUSED', `The service ${state.service} stands so already.`)
  }
  services.put(state)
  return { result: shown(state), before: shown(before), after: shown(state) }
}

const shown = ({ stopped, media }: ServiceState) => ({ stopped, media: media ?? null })
