import t from 'tap'
import { arisMetrics, type CountedEnquiry } from '../../billing/aris/aris-metrics.js'
import { billingMetrics } from '../../billing/billing-metrics.js'
import { epochMs } from '../../domain/clock.js'
import { yen } from '../../domain/yen.js'
import { mediaMetrics } from '../../engines/media/media-metrics.js'
import { type CountedCall, ivrMetrics, resultOf } from '../../ivr/ivr-metrics.js'
import { Metrics } from '../../platform/metrics/metrics.js'
import { Tally } from '../../platform/metrics/tally.js'
import type { Running } from '../../platform/program.js'
import { openStoreToRead } from '../../platform/store.js'
import { charge, openBillingDesk } from '../support/billing-desk.js'
import { BillingFtp } from '../support/billing-ftp.js'
import { chargeRecord, jst, NodeFiles, openCrs, until } from '../support/crs-desk.js'
import { readPrometheusText } from '../support/prometheus-text.js'

/** `name words` and value of each sample of its own that a program tells. */
async function toldOf(registerMetrics: Running['registerMetrics']): Promise<string[]> {
  const metrics = new Metrics()
  registerMetrics?.(metrics)
  const families = readPrometheusText(await metrics.text())
  return [...families].flatMap(([name, { samples }]) =>
    samples.map(({ labels, value }) => [name, ...Object.values(labels), value].join(' ')),
  )
}

t.test('CRS tells what it took and closed, and what waits for billing', async t => {
  const begin = jst('2000-12-01T00:00:00')
  const crs = await openCrs(t, { at: jst('2000-12-01T02:00:00') })
  const files = new NodeFiles('scp1', begin)
  await crs.sender().deliver(files, epochMs(begin + 60 * 60_000), began => {
    const record = chargeRecord(began)
    const pricall = { kind: 'pricall', faceValue: yen(1_000) } as const
    return [
      record,
      record,
      chargeRecord(began, pricall),
      chargeRecord(began, { faceValue: yen(700) }),
    ]
  })
  await crs.filesAre(1)
  const told = () => toldOf(crs.running.registerMetrics)
  const unmapped = 'mcscp_crs_records_unmapped_total 4'
  await until('the hour is written', async () => (await told()).includes(unmapped))
  t.strictSame((await told()).toSorted(), [
    'mcscp_crs_files_closed_total 1',
    'mcscp_crs_files_taken_total 4',
    'mcscp_crs_files_waiting 1',
    'mcscp_crs_records_repeated_total 4',
    'mcscp_crs_records_total mobilers 8',
    'mcscp_crs_records_total pricall 4',
    unmapped,
    'mcscp_crs_yen_total mobilers 14800',
    'mcscp_crs_yen_total pricall 4000',
  ])
  const port = Number(crs.running.listening.ftp?.split(':').at(-1))
  const billing = await BillingFtp.open(crs.home, port)
  await billing.trigger(1, 1)
  billing.close()
  t.ok((await told()).includes('mcscp_crs_files_waiting 0'), 'billing has reflected it')
})

t.test('billing tells what it took in and what it holds', async t => {
  const desk = openBillingDesk(t, '2000-12-02')
  await desk.contract(1)
  const records = [charge(1, '2000-12-01T00:10', 3_000), charge(9, '2000-12-01T00:20', 1_000)]
  desk.files.hour('2000-12-01T00:00', records)
  desk.files.close('2000-12-01', records.slice(1))
  await desk.reflect()
  const beside = openStoreToRead(desk.path)
  t.strictSame((await toldOf(metrics => billingMetrics(metrics, beside))).toSorted(), [
    'mcscp_billing_charges_total 2',
    'mcscp_billing_exchange_stopped 0',
    'mcscp_billing_files_reflected_total 2',
    'mcscp_billing_held_charges 1',
    'mcscp_billing_ledger_entries_total 1',
    'mcscp_billing_unconfirmed_days 1',
  ])
  beside.close()
})

t.test('ivr, ARIS and the media engine tell what they did since their start', async t => {
  const calls = new Tally<CountedCall>()
  // biome-ignore format: table
  for (const [state, result] of [
    [{ at: 'ended', ending: { by: 'ivr', because: 'finished' } }, 'finished'],
    [{ at: 'ended', ending: { by: 'ivr', because: 'finished' } }, 'finished'],
    [{ at: 'ended', ending: { by: 'caller' } },                   'caller_gone'],
    [{ at: 'reading' },                                           'cut_off'],
  ] as const) {
    t.equal(resultOf(state), result)
    calls.add({ dialogue: 'charge', result: resultOf(state) })
  }
  t.strictSame(await toldOf(metrics => ivrMetrics(metrics, calls)), [
    'mcscp_ivr_calls_total charge finished 2',
    'mcscp_ivr_calls_total charge caller_gone 1',
    'mcscp_ivr_calls_total charge cut_off 1',
  ])
  const enquiries = new Tally<CountedEnquiry>()
  enquiries.add({ result: 'told' })
  t.strictSame(await toldOf(metrics => arisMetrics(metrics, { through: () => 7 }, enquiries)), [
    'mcscp_aris_enquiries_total told 1',
    'mcscp_aris_updates_total 7',
  ])
  const wheel = { members: 3, packetsLate: 2, ticksSkipped: 1 }
  const switchboard = { counts: { total: 9, now: 3, peak: 5 } }
  t.strictSame(await toldOf(metrics => mediaMetrics(metrics, { wheel, switchboard })), [
    'mcscp_media_calls_total 9',
    'mcscp_media_rtp_streams 3',
    'mcscp_media_packets_late_total 2',
    'mcscp_media_turns_skipped_total 1',
  ])
})
