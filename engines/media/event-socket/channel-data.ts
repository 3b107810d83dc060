import type { SocketTarget } from '../applications/socket.js'
import type { Channel } from '../channel/channel.js'
import { channelHeaders, profileHeaders, variableHeaders } from '../channel/channel-headers.js'
import type { EventBus, MediaEvent } from '../events/event-bus.js'
import { plainLines } from './event-format.js'

/** All that is known of a channel, as header lines: `uuid_dump`, and most of the answer to `connect`. */
export const channelData = (channel: Channel, events: EventBus): string =>
  plainLines(channelEvent(channel, events).headers)

/** The same as an event, which is not told to anybody. */
export const channelEvent = (channel: Channel, events: EventBus): MediaEvent => ({
  name: 'CHANNEL_DATA',
  headers: [
    ...events.commonHeaders('CHANNEL_DATA'),
    ...profileHeaders(channel, 'Channel'),
    ...channelHeaders(channel),
    ...variableHeaders(channel),
  ],
})

/** The answer to `connect`: one block without a length (esl-protocol §2). */
export const connectBlock = (
  channel: Channel,
  events: EventBus,
  target: Pick<SocketTarget, 'async' | 'full'>,
): string =>
  channelData(channel, events) +
  plainLines([
    ['Content-Type', 'command/reply'],
    ['Reply-Text', '+OK\n'],
    ['Socket-Mode', target.async ? 'async' : 'static'],
    ['Control', target.full ? 'full' : 'single-channel'],
  ]) +
  '\n'
