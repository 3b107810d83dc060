import type { Metrics } from '../../platform/metrics/metrics.js'
import type { SenderWheel } from './rtp/sender-wheel.js'
import type { Switchboard } from './switchboard.js'

/** Where the media engine's own metrics come from. */
export interface MediaMetricsOptions {
  readonly wheel: Pick<SenderWheel, 'members' | 'packetsLate' | 'ticksSkipped'>
  readonly switchboard: Pick<Switchboard, 'counts'>
}

/** How much the engine carries, and how evenly its audio goes out; counted since its start. */
export function mediaMetrics(metrics: Metrics, { wheel, switchboard }: MediaMetricsOptions): void {
  metrics.counter(
    { name: 'mcscp_media_calls_total', help: 'Calls that reached the media engine.' },
    () => switchboard.counts.total,
  )
  metrics.gauge(
    { name: 'mcscp_media_rtp_streams', help: 'Streams of audio that are sent at present.' },
    () => wheel.members,
  )
  metrics.counter(
    {
      name: 'mcscp_media_packets_late_total',
      help: 'Packets of audio that went out 20 ms or more after their moment.',
    },
    () => wheel.packetsLate,
  )
  metrics.counter(
    {
      name: 'mcscp_media_turns_skipped_total',
      help: 'Turns of 5 ms left out after a stall, in each of which a quarter of the streams sent nothing.',
    },
    () => wheel.ticksSkipped,
  )
}
