import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { pino } from 'pino'
import type { Test } from 'tap'
import type { Json } from '../../domain/canonical-json.js'
import type { Msisdn } from '../../domain/msisdn.js'
import type { Person, Role } from '../../domain/role.js'
import { systemClock } from '../../platform/clock.js'
import { nodeLater } from '../../platform/deadline.js'
import { httpEdge } from '../../platform/http-edge.js'
import { listenOnSocket } from '../../platform/unix-socket.js'
import { Services } from '../../scp/call-control/services.js'
import { BatchMaker } from '../../scp/cards/batch-maker.js'
import { CardImporter } from '../../scp/cards/card-importer.js'
import { systemDraw } from '../../scp/cards/drawing.js'
import { batchRoutes } from '../../scp/http/batch-routes.js'
import { cardEffectRoute } from '../../scp/http/card-effect-route.js'
import { cardFileRoutes } from '../../scp/http/card-file-routes.js'
import { officeRoutes } from '../../scp/http/office-routes.js'
import { serviceRoutes } from '../../scp/http/service-routes.js'
import { tableRoutes } from '../../scp/http/table-routes.js'
import type { Decision } from '../../scp/rules/approval.js'
import { OWN_SCENARIOS } from '../../scp/scenarios/scenario-list.js'
import { ClipFiles } from '../../scp/tables/clip-files.js'
import { TablesInForce } from '../../scp/tables/tables-in-force.js'
import { type Desk, type DeskOptions, openDesk, wrongPin } from './scp-desk.js'
import { OFFICE } from './scp-values.js'

/** A person of a role, by default named as it. */
export const person = (role: Role, name: string = role): Person => ({ name, role })

/** What a decision is made with; the digest is that of what was asked for. */
interface Deciding {
  readonly by: Person
  readonly decision?: Decision
  readonly sha256?: string
}

export interface OfficeDeskOptions extends DeskOptions {
  /** Cards of one print file. */
  readonly cardsPerFile?: number
  /** Where files of other makers' cards lie; beside the store by default. */
  readonly importFolder?: string
}

/** The card office over a store in threads, asked by its routes. */
export async function openOffice(t: Test, options: OfficeDeskOptions = {}) {
  const desk = await openDesk(t, { ...options, thread: true })
  const lines: string[] = []
  const log = pino({ level: 'debug' }, { write: line => void lines.push(line) })
  const edge = httpEdge(log)
  const { store, read, clock } = desk
  const { ring } = desk
  const folder = dirname(desk.file)
  const { cardsPerFile = 100_000 } = options
  const maker = new BatchMaker({
    ...{ store, ring, draw: systemDraw, folder, cardsPerFile, log },
    later: nodeLater,
    checkpoint: () => read('checkpoint', undefined),
  })
  const { importFolder = join(folder, 'card-imports') } = options
  mkdirSync(importFolder, { recursive: true })
  const importer = new CardImporter({
    ...{ store, read, ring, log },
    folder: importFolder,
    later: nodeLater,
  })
  importer.wake()
  const settings = { stopped: ['balance'], media: '127.0.0.1:5080' }
  const services = new Services(
    OWN_SCENARIOS,
    settings,
    await store.ask('serviceStates', undefined),
  )
  const tables = new TablesInForce(await store.ask('standingTables', undefined))
  officeRoutes(edge, {
    store,
    read,
    async performed() {
      maker.wake()
      importer.wake()
      services.decide(await store.ask('serviceStates', undefined))
      tables.decide(await store.ask('standingTables', undefined))
    },
    clock,
    log,
  })
  serviceRoutes(edge, services)
  tableRoutes(edge, {
    kept: table => store.ask('keptTable', table),
    text: asked => store.ask('tableText', asked),
    clips: new ClipFiles((options.office ?? OFFICE).clipFolder),
    clock,
  })
  const made = (batch: number) => maker.made(batch)
  batchRoutes(edge, { read, clock, made, cardMakerKey: undefined })
  cardFileRoutes(edge, {
    ...{ read, clock, cards: folder, imports: importFolder },
    nowMs: () => systemClock.now(),
  })
  cardEffectRoute(edge, { read, clock, policy: options.office ?? OFFICE })
  const send = async (method: 'GET' | 'POST', url: string, payload?: object) => {
    const answer = await edge.inject({ method, url, ...(payload ? { payload } : {}) })
    return { status: answer.statusCode, body: answer.json() }
  }
  const act = (name: string, by: Person, payload: Json, reason = 'a caller asked for it') =>
    send('POST', `/v1/office/acts/${name}`, { person: by, reason, payload })
  const decide = (approval: number, { by, decision = 'approve', sha256 = '' }: Deciding) =>
    send('POST', `/v1/office/approvals/${approval}/decision`, {
      ...{ person: by, sha256, decision },
      reason: 'looked at it',
    })
  return {
    desk,
    maker,
    /** Where print files lie. */
    folder,
    /** As call control goes by them. */
    tables,
    /** Waits until no batch is being made. */
    made: async () => {
      while (await store.ask('batchInMaking', undefined)) await wait(10)
    },
    importer,
    /** Where files of other makers' cards lie. */
    importFolder,
    /** Waits until no file is being imported. */
    imported: async () => {
      while (await store.ask('importUnderWay', undefined)) await wait(10)
    },
    lines,
    act,
    decide,
    get: (path: string) => send('GET', `/v1/office/${path}`),
    post: (path: string, payload: object) => send('POST', `/v1/office/${path}`, payload),
    services: async () => (await send('GET', '/v1/office/services')).body.services,
    /** Answers on a socket of this path too, as scp does. */
    listen: (path: string) => listenOnSocket(edge, path),
    /** The log, oldest first, as far as a test compares it. */
    audit: async () => (await send('GET', '/v1/office/audit?max=1000')).body.entries.reverse(),
    check: async () => (await send('GET', '/v1/office/audit/check')).body,
    close: async () => {
      await edge.close()
      await maker.close()
      await importer.close()
      await desk.close()
    },
  }
}

/** Locks a handset by wrong numbers. */
export async function lockHandset({ call, key }: Desk, handset: Msisdn): Promise<void> {
  const token = await call(handset)
  for (let n = 0; n < 5; n++) await key(token, wrongPin(n))
}
