import { createRequire } from 'node:module'
import t from 'tap'
import { FUNCTION_NAMES } from '../../noc/accounts/functions.js'
import { SESSION_COOKIE } from '../../noc/http/guard.js'
import { ROUTE_TEXTS } from '../../noc/http/route-texts.js'
import { HEADERS } from '../support/noc-and-office.js'
import { openNoc } from '../support/noc-desk.js'

/** What Fastify checks requests with, here for schemas. */
const ofFastify = createRequire(createRequire(import.meta.url).resolve('fastify'))
const ofCompiler = createRequire(ofFastify.resolve('@fastify/ajv-compiler'))
const Ajv: new (options: object) => { validateSchema(schema: object): boolean; errors: unknown } =
  ofCompiler('ajv').default

/** OpenAPI 3.1 §4.8.9: what may stand at a path. */
const METHODS = ['get', 'post']

/** OpenAPI 3.1 §4.8.10: what an operation here has, and what it may have. */
const NEEDED = ['operationId', 'summary', 'tags', 'responses', 'security']
const ALLOWED = [...NEEDED, 'parameters', 'requestBody', 'x-roles']

interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly parameters?: readonly {
    readonly name: string
    readonly in: string
    readonly required: boolean
    readonly schema: object
  }[]
  readonly requestBody?: { readonly content: Record<string, { readonly schema: object }> }
  readonly responses: Record<
    string,
    { readonly description: string; readonly content?: Record<string, { schema?: object }> }
  >
  readonly security: readonly { readonly session: readonly string[] }[]
  readonly 'x-roles'?: readonly string[]
}

t.test('each route stands in the OpenAPI document with what it takes and who may ask', async t => {
  const { app, routes, store, close } = await openNoc(t)
  const cookies = { [SESSION_COOKIE]: await store.sessions.begin('watch') }
  const { body } = await app.inject({ url: '/docs/openapi.json', headers: HEADERS, cookies })
  const document: {
    openapi: string
    info: object
    paths: Record<string, Record<string, Operation>>
    components: { schemas: Record<string, object>; securitySchemes: Record<string, object> }
  } = JSON.parse(body)
  t.equal(document.openapi, '3.1.0')
  t.match(document.info, { title: String, version: String })
  t.strictSame(document.components.securitySchemes, {
    session: { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE },
  })

  const told = routes.filter(({ method, url }) => method !== 'HEAD' && !url.startsWith('/assets/'))
  const found = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map(method => `${method.toUpperCase()} ${path}`),
  )
  const named = (url: string) => url.replace(/:([A-Za-z]+)/g, '{$1}')
  t.strictSame(found.sort(), told.map(({ method, url }) => `${method} ${named(url)}`).sort())
  t.strictSame(
    Object.keys(ROUTE_TEXTS).sort(),
    told.map(({ method, url }) => `${method} ${url}`).sort(),
    'each is told of in a line, and no other',
  )

  const ajv = new Ajv({ strict: false })
  const ids: string[] = []
  const isSchema = (schema: object, of: string) => {
    const ref = Reflect.get(schema, '$ref')
    if (ref !== undefined) t.equal(ref, '#/components/schemas/Fault', `${of}: what is referred to`)
    else t.ok(ajv.validateSchema(schema), `${of}: ${JSON.stringify(ajv.errors)}`)
  }
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, one] of Object.entries(operations)) {
      const of = `${method} ${path}`
      ids.push(one.operationId)
      t.ok(METHODS.includes(method), of)
      const names = Object.keys(one)
      t.ok(
        NEEDED.every(name => names.includes(name)) && names.every(name => ALLOWED.includes(name)),
        of,
      )
      t.match(one.summary, /^[A-Z].*\.$/, `${of}: a sentence`)
      const { parameters = [] } = one
      t.strictSame(
        parameters.filter(({ in: where }) => where === 'path').map(({ name }) => `{${name}}`),
        path.match(/\{[A-Za-z]+\}/g) ?? [],
        `${of}: the parameters of its path`,
      )
      for (const { name, in: where, required, schema } of parameters) {
        t.ok(where === 'query' || required, `${of} ${name}`)
        isSchema(schema, `${of} ${name}`)
      }
      for (const { schema } of Object.values(one.requestBody?.content ?? {})) isSchema(schema, of)
      t.ok(one.responses[200], `${of}: what is answered`)
      for (const { description, content = {} } of Object.values(one.responses)) {
        t.ok(description.length > 0, of)
        for (const { schema } of Object.values(content)) if (schema) isSchema(schema, of)
      }
      for (const { session } of one.security) {
        t.ok(
          session.every(name => FUNCTION_NAMES.some(known => known === name)),
          of,
        )
      }
    }
  }
  t.equal(new Set(ids).size, ids.length, 'no two have one id')
  t.match(document.paths['/api/people/accounts/{account}/name']?.post, {
    security: [{ session: ['accounts.change'] }],
    'x-roles': ['administrator'],
    requestBody: { content: { 'application/json': { schema: { required: ['to', 'reason'] } } } },
  })
  t.strictSame(document.paths['/login']?.post?.security, [], 'who is to log in is nobody yet')
  await close()
})
