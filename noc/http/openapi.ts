import { BUILT_IN_GROUPS } from '../accounts/permission-group.js'
import { type GuardedRoute, isAmong, SESSION_COOKIE } from './guard.js'
import { ROUTE_TEXTS } from './route-texts.js'

/** A JSON schema, or a part of the document, as it goes into JSON. */
type Part = Readonly<Record<string, unknown>>

/** How errors are answered: a code for programs, a sentence for people (`FaultAnswer` of the HTTP edge). */
const FAULT: Part = {
  type: 'object',
  required: ['code', 'message'],
  properties: { code: { type: 'string' }, message: { type: 'string' } },
}

/** Every answer that is not as hoped has the same form. */
const REFUSALS: Readonly<Record<string, string>> = {
  400: 'The request is not of the form that the route asks for.',
  401: 'Nobody is logged in.',
  403: 'The permission group does not have the function, or the request came from another site’s page.',
  409: 'It cannot be done as things stand; the message says why.',
  503: 'A program that is asked for it does not answer.',
}

/** What a body or an answer is, where it is not JSON: by how the address ends, or begins. */
const KINDS: readonly (readonly [pattern: RegExp, type: string])[] = [
  [/\.csv$/, 'text/csv'],
  [/\.pdf$/, 'application/pdf'],
  [/\/live$/, 'text/event-stream'],
  [/\.svg$/, 'image/svg+xml'],
  [/^\/api\/office\/print-files$/, 'application/octet-stream'],
  [/^\/(?!api\/|docs\/)/, 'text/html'],
]

/** Bodies that are not JSON. */
const BODIES: Readonly<Record<string, string>> = {
  '/login': 'application/x-www-form-urlencoded',
  '/api/office/card-imports': 'text/csv',
}

/** Routes that a description tells: not the built files, whose names change with their content, nor HEAD, which goes with GET. */
const isTold = ({ method, url }: GuardedRoute): boolean =>
  method !== 'HEAD' && !url.startsWith('/assets/')

/**
 * The routes as an OpenAPI 3.1 document, from the schemas by which they are checked: parameters, bodies and answers,
 * and the functions that let each be asked. An entry of `security` is one function that is enough (OpenAPI 3.1 §4.8.30).
 */
export function openApi(routes: readonly GuardedRoute[]): Part {
  const paths: Record<string, Record<string, Part>> = {}
  for (const route of routes.filter(isTold)) {
    const path = route.url.replace(PARAMETER, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'mcscp noc',
      version: '1',
      description:
        'What the operators’ screens ask. A change needs the Origin of the screens themselves; moments are ms since 1970.',
    },
    paths,
    components: {
      schemas: { Fault: FAULT },
      securitySchemes: { session: { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE } },
    },
  }
}

/** A parameter in the address of a route, as Fastify writes it. */
const PARAMETER = /:([A-Za-z]+)/g

function operation(route: GuardedRoute): Part {
  const { method, url, audience, schema } = route
  const roles = BUILT_IN_GROUPS.filter(group => isAmong(audience, group)).map(({ role }) => role)
  const parameters = [
    ...[...url.matchAll(PARAMETER)].map(([, name = '']) => ({
      ...{ name, in: 'path', required: true },
      schema: propertiesOf(schema.params)[name] ?? { type: 'string' },
    })),
    ...Object.entries(propertiesOf(schema.querystring)).map(([name, of]) => ({
      ...{ name, in: 'query', required: requiredOf(schema.querystring).includes(name) },
      schema: of,
    })),
  ]
  return {
    operationId: `${method.toLowerCase()}${url.replace(/[^A-Za-z0-9]+/g, '_')}`,
    summary: ROUTE_TEXTS[`${method} ${url}`] ?? url,
    tags: [tagOf(url)],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(schema.body === undefined ? {} : { requestBody: bodyOf(url, schema.body) }),
    responses: answersOf(route),
    security: securityOf(route),
    ...(audience === 'anyone' ? {} : { 'x-roles': roles }),
  }
}

const securityOf = ({ audience }: GuardedRoute): readonly Part[] => {
  if (audience === 'anyone') return []
  if (audience === 'logged_in') return [{ session: [] }]
  return audience.map(name => ({ session: [name] }))
}

const bodyOf = (url: string, schema: unknown): Part => ({
  required: true,
  content: { [BODIES[url] ?? 'application/json']: { schema } },
})

function answersOf({ method, url, audience, schema }: GuardedRoute): Part {
  const type = KINDS.find(([pattern]) => pattern.test(url))?.[1] ?? 'application/json'
  const said = objectOf(schema.response)
  const good =
    Object.keys(said).length === 0
      ? { 200: { description: 'As asked.', content: { [type]: {} } } }
      : Object.fromEntries(
          Object.entries(said).map(([status, of]) => [
            status,
            { description: 'As asked.', content: { [type]: { schema: of } } },
          ]),
        )
  const refused = Object.entries(REFUSALS).filter(
    ([status]) =>
      audience !== 'anyone' || status === '400' || (status === '403' && method !== 'GET'),
  )
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/Fault' } } }
  return {
    ...good,
    ...Object.fromEntries(
      refused.map(([status, description]) => [status, { description, content }]),
    ),
  }
}

/** `/api/office/…` is of the office; what is no API is a page or a file. */
function tagOf(url: string): string {
  const [, api] = /^\/api\/([a-z-]+)/.exec(url) ?? []
  return api ?? (url.startsWith('/docs/') ? 'docs' : /\.[a-z]+$/.test(url) ? 'files' : 'pages')
}

const objectOf = (value: unknown): Part =>
  typeof value === 'object' && value !== null ? (value as Part) : {}

const propertiesOf = (schema: unknown): Part => objectOf(objectOf(schema).properties)

function requiredOf(schema: unknown): readonly unknown[] {
  const { required } = objectOf(schema)
  return Array.isArray(required) ? required : []
}
