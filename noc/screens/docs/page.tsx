import type { Text } from '../../traffic/columns.js'
import { Failure, Waiting } from '../parts/notices.js'
import { useAnswer } from '../parts/use-answer.js'
import { choose, useAddress } from '../shell/address.js'
import { say } from '../shell/language.js'
import '../parts/choice.css'
import '../parts/table.css'
import '../parts/whole.css'
import './docs.css'

const text = (ja: string, en: string): Text => ({ ja, en })

const TEXTS = {
  find: text('絞り込み', 'Find'),
  file: text('OpenAPI 3.1 (JSON)', 'OpenAPI 3.1 (JSON)'),
  none: text('該当する経路はありません。', 'No route is like that.'),
  by: text('機能', 'Function'),
  anyone: text('誰でも', 'anyone'),
  loggedIn: text('ログインした人', 'who is logged in'),
  parameters: text('引数', 'Parameters'),
  body: text('本文', 'Body'),
  answer: text('応答', 'Answer'),
} as const

/** A JSON schema, as far as it is shown. */
type Schema = Readonly<Record<string, unknown>>

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>
}

/** One route of the description. */
interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly tags: readonly string[]
  readonly parameters?: readonly {
    readonly name: string
    readonly in: string
    readonly required: boolean
    readonly schema: Schema
  }[]
  readonly requestBody?: Content
  readonly responses: Readonly<Record<string, Content>>
  readonly security: readonly { readonly session: readonly string[] }[]
}

/** `GET /docs/openapi.json`, as far as it is shown. */
interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

interface Route extends Operation {
  readonly method: string
  readonly path: string
}

/** API 仕様: every route with what it takes and answers, and which functions let it be asked. */
export function DocsPage() {
  const { query } = useAddress()
  const { answer, refusal, again } = useAnswer<Description>('/docs/openapi.json')
  if (!answer) return refusal ? <Failure refusal={refusal} again={again} /> : <Waiting />
  const wanted = (query.get('of') ?? '').toLowerCase()
  const routes = routesOf(answer).filter(({ method, path, summary }) =>
    `${method} ${path} ${summary}`.toLowerCase().includes(wanted),
  )
  const tags = [...new Set(routes.flatMap(one => one.tags))]
  return (
    <>
      <form class="choice" onSubmit={event => event.preventDefault()}>
        <label class="field">
          <span class="name">{say(TEXTS.find)}</span>
          <input
            name="of"
            type="search"
            value={query.get('of') ?? ''}
            onInput={({ currentTarget: { value } }) =>
              choose({ of: value === '' ? undefined : value })
            }
          />
        </label>
        <a class="button last" href="/docs/openapi.json" download>
          {say(TEXTS.file)}
        </a>
      </form>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys (WCAG 2.1.1) */}
      <div class="whole docs" tabIndex={0}>
        {routes.length === 0 && <p class="notes">{say(TEXTS.none)}</p>}
        {tags.map(tag => (
          <section key={tag} class="part" aria-label={tag}>
            <h2>{tag}</h2>
            {routes
              .filter(one => one.tags.includes(tag))
              .map(one => (
                <RouteShown key={one.operationId} of={one} />
              ))}
          </section>
        ))}
      </div>
    </>
  )
}

const routesOf = ({ paths }: Description): readonly Route[] =>
  Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, one]) => ({
      ...one,
      path,
      method: method.toUpperCase(),
    })),
  )

/** A route in a line, which opens to show all of it. */
function RouteShown({ of }: { of: Route }) {
  const { method, path, summary, parameters = [], requestBody, responses } = of
  return (
    <details data-name={`${method} ${path}`}>
      <summary>
        <code class="method" data-method={method}>
          {method}
        </code>
        <code>{path}</code>
        <span>{summary}</span>
      </summary>
      <dl>
        <dt>{say(TEXTS.by)}</dt>
        <dd>{askedBy(of)}</dd>
        {parameters.length > 0 && <dt>{say(TEXTS.parameters)}</dt>}
        {parameters.map(({ name, in: where, required, schema }) => (
          <dd key={name}>
            <code>
              {name}
              {required ? '' : '?'}
            </code>{' '}
            <span class="by">{where}</span> <code class="by">{JSON.stringify(schema)}</code>
          </dd>
        ))}
        {requestBody && <Contents words={TEXTS.body} of={requestBody} />}
        {responses[200] && <Contents words={TEXTS.answer} of={responses[200]} />}
      </dl>
    </details>
  )
}

function askedBy({ security }: Route): string {
  if (security.length === 0) return say(TEXTS.anyone)
  const functions = security.flatMap(({ session }) => session)
  return functions.length === 0 ? say(TEXTS.loggedIn) : functions.join(', ')
}

const Contents = ({ words, of: { content = {} } }: { words: Text; of: Content }) => (
  <>
    <dt>{say(words)}</dt>
    {Object.entries(content).map(([type, { schema }]) => (
      <dd key={type}>
        <code>{type}</code>
        {schema && <pre>{JSON.stringify(schema, undefined, 1)}</pre>}
      </dd>
    ))}
  </>
)
