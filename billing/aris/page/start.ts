import { randomInt } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../../../domain/clock.js'
import { systemClock } from '../../../platform/clock.js'
import { httpEdge } from '../../../platform/http-edge.js'
import { listenFault } from '../../../platform/listen.js'
import type { Logger } from '../../../platform/log.js'
import { type ArisValues, arisSettings } from '../config.js'
import type { ArisStore } from '../store.js'
import { OneTimeCodes } from './one-time-codes.js'
import { subscriberPage } from './routes.js'
import { gatewayMessages, messagesWithoutGateway } from './short-messages.js'
import { Visits } from './visits.js'

/** The page of the subscribers while it is open. */
export interface OpenPage {
  /** Where a browser on this machine finds it. */
  readonly address: string
  close(): Promise<void>
}

/** The page is reached through a proxy, or from this machine. */
const HOST = '127.0.0.1'

/** Six digits by chance. */
const drawCode = (): string => `${randomInt(1_000_000)}`.padStart(6, '0')

/** Opens the page on loopback; `undefined` where the settings have none. Throws `PORT_TAKEN`. */
export async function openSubscriberPage(
  { pagePort, pageOrigin, messageGateway, simulation }: ArisValues,
  { store, clock, log }: { store: ArisStore; clock: Clock; log: Logger },
): Promise<OpenPage | undefined> {
  if (pagePort === undefined) return undefined
  const app = httpEdge(log)
  await subscriberPage(app, {
    store,
    codes: new OneTimeCodes(drawCode),
    locks: store.pageLocks,
    visits: new Visits(),
    messages: messageGateway
      ? gatewayMessages(messageGateway, log)
      : messagesWithoutGateway(simulation),
    origin: pageOrigin === undefined ? undefined : new URL(pageOrigin),
    clock,
    realTime: () => systemClock.now(),
    log,
  })
  try {
    await app.listen({ host: HOST, port: pagePort })
  } catch (error) {
    const { name } = arisSettings.pagePort
    throw listenFault(error, { host: HOST, ports: { [name]: pagePort } })
  }
  const { port } = app.server.address() as AddressInfo
  return { address: `http://${HOST}:${port}`, close: () => app.close() }
}
