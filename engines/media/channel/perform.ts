import type { HeaderField } from '../events/event-bus.js'
import type { Execution } from './application-stack.js'
import type { Application, ApplicationCall, Channel, ChannelSurroundings } from './channel.js'
import { expandVariables } from './expand-variables.js'
import { RESPONSE_VARIABLE } from './response-variable.js'

/** A looped application that ends sooner than this ends the loop: it would spin (esl-protocol §4). */
const SHORTEST_LOOP_MS = 500

/**
 * Runs an application on a channel from its first event to its last, as often as it is looped. Never rejects:
 * one that fails ends the call, as does one that nobody knows.
 */
export async function perform(
  channel: Channel,
  around: ChannelSurroundings,
  execution: Execution,
  attend: ApplicationCall['attend'],
): Promise<void> {
  const { application: name, loops = 1 } = execution.request
  const application = around.applications.get(name)
  if (!application) {
    around.log.warn(
      { uuid: channel.uuid, application: name },
      'an unknown application was asked for',
    )
    return channel.hangUp('DESTINATION_OUT_OF_ORDER')
  }
  for (let left = loops; left !== 0 && channel.ready; left--) {
    const beganMs = around.time.now()
    await performOnce(channel, around, execution, application, attend)
    if (loops !== 1 && around.time.now() - beganMs < SHORTEST_LOOP_MS) return
  }
}

async function performOnce(
  channel: Channel,
  { log }: ChannelSurroundings,
  { request }: Execution,
  application: Application,
  attend: ApplicationCall['attend'],
): Promise<void> {
  const argument = expandVariables(request.argument, name => channel.variable(name))
  channel.setVariable(RESPONSE_VARIABLE, undefined)
  channel.setVariable('current_application', request.application)
  channel.setVariable('current_application_data', argument === '' ? undefined : argument)
  const about: HeaderField[] = [
    ['Application', request.application],
    ...(argument === '' ? [] : [['Application-Data', argument] as const]),
  ]
  const names: HeaderField[] = [
    ['Application-UUID', request.uuid],
    ...(request.uuidName ? [['Application-UUID-Name', request.uuidName] as const] : []),
  ]
  channel.fire('CHANNEL_EXECUTE', [...about, ...names])
  try {
    await application({ channel, argument, attend })
  } catch (error) {
    log.error(
      { uuid: channel.uuid, application: request.application, err: error },
      'an application failed',
    )
    channel.hangUp('NORMAL_TEMPORARY_FAILURE')
  }
  const response = channel.variable(RESPONSE_VARIABLE) ?? '_none_'
  channel.fire('CHANNEL_EXECUTE_COMPLETE', [...about, ['Application-Response', response], ...names])
}
