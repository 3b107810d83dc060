import t from 'tap'
import { evennessOf, StreamJitter } from '../../bench/jitter.js'

/** Packets of one stream, from the times they came at; `marked` begins anew after a silence. */
function streamOf(
  packets: readonly { atMs: number; sequence: number; timestamp: number; marked?: true }[],
): StreamJitter {
  const stream = new StreamJitter()
  for (const { atMs, sequence, timestamp, marked = false } of packets) {
    const payload = Buffer.alloc(160)
    stream.accept({ payloadType: 0, ssrc: 1, sequence, timestamp, marker: marked, payload }, atMs)
  }
  return stream
}

const close = (found: number, wanted: number) => Math.abs(found - wanted) < 1e-9

t.test('RFC 3550 §6.4.1: a sixteenth of each difference in transit', async t => {
  const even = [0, 1, 2, 3].map(n => ({ atMs: 20 * n, sequence: n, timestamp: 160 * n }))
  t.equal(streamOf(even).jitterMs, 0)
  const late = even.map(one => (one.sequence === 2 ? { ...one, atMs: 48 } : one))
  // 8 ms late, then 8 ms early: 8/16, and then (8 - 8/16)/16 more.
  t.ok(close(streamOf(late).jitterMs, 0.5 + 7.5 / 16))
  t.strictSame(streamOf(late).deviationsMs, [0, 8, 8])
})

t.test('a silence, a lost packet and a wrap are no unevenness', async t => {
  const silence = [
    { atMs: 0, sequence: 0xffff, timestamp: 0xffff_ff60 },
    { atMs: 20, sequence: 0, timestamp: 0 },
    { atMs: 1_020, sequence: 1, timestamp: 8_000, marked: true as const },
    { atMs: 1_060, sequence: 3, timestamp: 8_320 },
  ]
  t.equal(streamOf(silence).jitterMs, 0)
  t.strictSame(streamOf(silence).deviationsMs, [0], 'two that follow each other alone are measured')
})

t.test('all streams together: mean and worst, and the share below which packets lie', async t => {
  const streams = [0, 16].map(lateMs =>
    streamOf([
      { atMs: 0, sequence: 0, timestamp: 0 },
      { atMs: 20 + lateMs, sequence: 1, timestamp: 160 },
    ]),
  )
  t.match(evennessOf(streams), {
    streams: 2,
    packets: 4,
    jitterMeanMs: 0.5,
    jitterWorstMs: 1,
    p50Ms: 0,
    p99Ms: 16,
    maxMs: 16,
  })
  t.match(evennessOf([]), { streams: 0, packets: 0, jitterMeanMs: 0, maxMs: 0 })
})
