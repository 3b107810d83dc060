import cookies from '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Clock } from '../../../domain/clock.js'
import { type Msisdn, parseMsisdn } from '../../../domain/msisdn.js'
import { readForms } from '../../../platform/forms.js'
import type { httpEdge } from '../../../platform/http-edge.js'
import type { Logger } from '../../../platform/log.js'
import { Type } from '../../../platform/schema.js'
import type { ArisStore } from '../store.js'
import { type AccountShown, accountAsText, accountAt, accountShown } from './account.js'
import { accountPage, codePage, numberPage, pathIn, STYLE, sentencePage } from './html.js'
import type { OneTimeCodes } from './one-time-codes.js'
import type { PageLocks } from './page-locks.js'
import type { ShortMessages } from './short-messages.js'
import type { Visits } from './visits.js'
import { type Language, say } from './words.js'

/** What the page of the subscribers stands on. */
export interface SubscriberPageOptions {
  readonly store: Pick<ArisStore, 'knowledgeOf'>
  readonly codes: OneTimeCodes
  readonly locks: PageLocks
  readonly visits: Visits
  readonly messages: ShortMessages
  /** Where browsers reach the page, `https://aris.example.jp`; `undefined`: on this machine alone. */
  readonly origin: URL | undefined
  /** The network's, which decides what may be told. */
  readonly clock: Clock
  /** Real time in ms, by which codes, visits and locks end. */
  readonly realTime: () => number
  readonly log: Logger
}

/** Names under which a browser on this machine reaches the loopback. */
const LOOPBACK_NAMES = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/

const HTML = 'text/html; charset=utf-8'

const language = Type.Object({ lang: Type.Optional(Type.String({ maxLength: 8 })) })
const numberForm = Type.Object({ number: Type.String({ maxLength: 32 }) })
const codeForm = Type.Object({
  number: Type.String({ maxLength: 32 }),
  code: Type.String({ maxLength: 16 }),
})

/** What who asks for an account gets, or why there is nothing. */
type Looked =
  | { readonly number: Msisdn; readonly account: AccountShown }
  | { readonly status: 401 | 404; readonly why: 'over' | 'unknown' }

const refusal = Type.Object({ code: Type.String(), message: Type.String() })

/**
 * i-ARIS and M-ARIS (requirement A-02): pages without script, and the same as text and JSON.
 *
 * - `GET /`: asks for the number · `POST /code`: sends a code to it · `POST /visit`: a code for a visit
 * - `GET /account`, `/account.txt`, `/account.json`: what may be told · `POST /leave`: ends the visit
 *
 * Whoever asks learns nothing of whether a number exists before its phone was at hand. `?lang=en` for English.
 */
export async function subscriberPage(
  app: ReturnType<typeof httpEdge>,
  options: SubscriberPageOptions,
): Promise<void> {
  const { visits, messages, realTime, origin } = options
  await app.register(cookies)
  readForms(app)
  app.addHook('onRequest', async (request, reply) => keepSafe(request, reply, origin))
  const secure = origin?.protocol === 'https:'
  // A name with __Host- is taken from this very host and over TLS alone.
  const name = secure ? '__Host-mcscp_aris' : 'mcscp_aris'
  const cookie = { path: '/', httpOnly: true, sameSite: 'strict', secure } as const

  app.get('/aris.css', async (_request, reply) => reply.type('text/css').send(STYLE))
  app.get('/', { schema: { querystring: language } }, async ({ query }, reply) =>
    reply.type(HTML).send(numberPage(languageOf(query))),
  )
  app.post(
    '/code',
    { schema: { querystring: language, body: numberForm } },
    async ({ query, body }, reply) => {
      reply.type(HTML)
      const inWords = languageOf(query)
      const number = numberIn(body.number)
      if (!number) return reply.code(400).send(numberPage(inWords, say(inWords, 'notANumber')))
      if (!messages.reachable) {
        return reply.code(503).send(sentencePage(inWords, say(inWords, 'unreachable')))
      }
      const locked = lockedSentence(options, inWords, number)
      if (locked) return reply.code(429).send(sentencePage(inWords, locked))
      sendCode(options, inWords, number)
      return codePage(inWords, { number, phone: messages.shown(number) })
    },
  )
  app.post(
    '/visit',
    { schema: { querystring: language, body: codeForm } },
    async ({ query, body }, reply) => {
      reply.type(HTML)
      const inWords = languageOf(query)
      const number = numberIn(body.number)
      if (!number) return reply.code(400).send(numberPage(inWords, say(inWords, 'notANumber')))
      if (!(await isLetIn(options, number, body.code))) {
        const locked = lockedSentence(options, inWords, number)
        if (locked) return reply.code(429).send(sentencePage(inWords, locked))
        return reply.code(401).send(codePage(inWords, { number, why: say(inWords, 'wrong') }))
      }
      const token = visits.begin(number, realTime())
      return reply.setCookie(name, token, cookie).redirect(pathIn(inWords, '/account'), 303)
    },
  )

  /** The account of who asks, or why there is none. */
  const accountOf = ({ cookies }: FastifyRequest): Looked => {
    const number = visits.use(cookies[name] ?? '', realTime())
    if (!number) return { status: 401, why: 'over' }
    const known = options.store.knowledgeOf(number, options.clock.now())
    options.log.info({ msisdn: number, known: known !== undefined }, 'account looked at')
    if (!known) return { status: 404, why: 'unknown' }
    return { number, account: accountAt(known, options.clock.now()) }
  }
  app.get('/account', { schema: { querystring: language } }, async (request, reply) => {
    const inWords = languageOf(request.query)
    const shown = accountOf(request)
    reply.type(HTML)
    if ('account' in shown) return accountPage(inWords, shown.number, shown.account)
    return reply.code(shown.status).send(numberPage(inWords, say(inWords, shown.why)))
  })
  app.get('/account.txt', { schema: { querystring: language } }, async (request, reply) => {
    const inWords = languageOf(request.query)
    const shown = accountOf(request)
    reply.type('text/plain; charset=utf-8')
    if ('account' in shown) return accountAsText(inWords, shown.account)
    return reply.code(shown.status).send(`${say(inWords, shown.why)}\n`)
  })
  app.get(
    '/account.json',
    { schema: { response: { 200: accountShown, '4xx': refusal } } },
    async (request, reply) => {
      const shown = accountOf(request)
      if ('account' in shown) return shown.account
      const code = shown.status === 401 ? 'LOGIN_REQUIRED' : 'NO_SUCH_SUBSCRIBER'
      return reply.code(shown.status).send({ code, message: say('en', shown.why) })
    },
  )
  app.post('/leave', { schema: { querystring: language } }, async (request, reply) => {
    visits.end(request.cookies[name] ?? '')
    return reply.clearCookie(name, cookie).redirect(pathIn(languageOf(request.query), '/'), 303)
  })
}

const languageOf = ({ lang }: { readonly lang?: string }): Language => (lang === 'en' ? 'en' : 'ja')

/** A number as people write it, with hyphens or spaces. */
const numberIn = (text: string): Msisdn | undefined => parseMsisdn(text.replace(/[-\s]/g, ''))

/** A code goes out only to a number that has a contract; the answer is the same for every other. */
function sendCode(options: SubscriberPageOptions, inWords: Language, number: Msisdn): void {
  const { codes, store, clock, messages, realTime } = options
  const code = codes.make(number, realTime())
  if (code === undefined || !store.knowledgeOf(number, clock.now())) return
  messages.send(number, say(inWords, 'message', { code }))
}

/** P-15: a wrong code is counted, and what is locked is not even looked at. */
async function isLetIn(
  { codes, locks, realTime, log }: SubscriberPageOptions,
  number: Msisdn,
  code: string,
): Promise<boolean> {
  if (locks.lockedForMs(number, realTime()) > 0) return false
  if (codes.use(number, code, realTime())) {
    await locks.countRight(number)
    return true
  }
  await locks.countWrong(number, realTime())
  if (locks.lockedForMs(number, realTime()) > 0) log.warn({ msisdn: number }, 'page locked')
  return false
}

const MINUTE_MS = 60_000

function lockedSentence(
  { locks, realTime }: SubscriberPageOptions,
  inWords: Language,
  number: Msisdn,
): string | undefined {
  const left = locks.lockedForMs(number, realTime())
  if (left === 0) return undefined
  return say(inWords, 'locked', { minutes: `${Math.ceil(left / MINUTE_MS)}` })
}

/** What every answer carries; and nobody is let through by another host's name, or from another site's page. */
async function keepSafe(request: FastifyRequest, reply: FastifyReply, origin: URL | undefined) {
  reply.headers(HEADERS)
  const { host, origin: from } = request.headers
  if (origin ? host !== origin.host : !LOOPBACK_NAMES.test(host ?? '')) {
    return reply.code(421).send({ code: 'NOT_ALLOWED', message: 'This page has another address.' })
  }
  // RFC 6454 §7: a browser says of each form which page sends it.
  if (request.method === 'POST' && from !== (origin?.origin ?? `http://${host}`)) {
    return reply.code(403).send({ code: 'NOT_ALLOWED', message: 'Only the page itself may ask.' })
  }
}

const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Cache-Control': 'no-store',
} as const
