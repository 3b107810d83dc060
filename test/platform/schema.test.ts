import t from 'tap'
import { Type as TypeBox } from 'typebox'
import { Compile } from 'typebox/compile'
import { Type } from '../../platform/schema.js'
import { compileSchema } from '../../platform/schema-check.js'

/** A schema of every kind that the product uses, made by some builders. */
const schemas = (T: typeof Type) => {
  const text = T.String({ minLength: 1, pattern: '^[a-z]+$' })
  const record = T.Object({ a: text, b: T.Optional(T.Integer({ minimum: 0, maximum: 9 })) })
  return {
    text,
    record,
    closed: T.Object({ a: T.Optional(T.Boolean()) }, { additionalProperties: false }),
    empty: T.Object({}),
    partial: T.Partial(T.Object({ a: text, b: T.Null() }, { additionalProperties: false })),
    ofPartial: T.Object(T.Partial(T.Object({ a: text })).properties),
    union: T.Union([T.Null(), T.Literal('x'), T.Literal(2), T.Literal(true)]),
    list: T.Array(record, { minItems: 1, maxItems: 2 }),
    tuple: T.Tuple([T.Integer(), T.String()]),
    counts: T.Record(T.String(), T.Integer({ minimum: 1 })),
    choice: T.Enum(['ja', 'en'], { default: 'ja' }),
    unsafe: T.Unsafe<'a'>(T.String({ pattern: '^a$' })),
    optionalUnsafe: T.Object({ a: T.Optional(T.Unsafe<'a'>(T.String())) }),
    unsafeOptional: T.Object({ a: T.Unsafe<'a'>(T.Optional(T.String())) }),
    unknown: T.Object({ any: T.Unknown({ description: 'whatever' }) }),
  }
}

const [ours, theirs] = [schemas(Type), schemas(TypeBox)]
const names = Object.keys(ours) as (keyof typeof ours)[]

t.test('a schema is, key by key, what TypeBox makes', async t => {
  for (const name of names) {
    t.equal(JSON.stringify(ours[name]), JSON.stringify(theirs[name]), name)
  }
})

t.test('a check says what TypeBox’s own says', async t => {
  const values = [
    ...[undefined, null, true, 0, 1, 2, 1.5, -1, 10, '', 'x', 'a', 'A', 'ja', 'fr'],
    ...[[], [1], [1, 'x'], [1, 'x', 2], ['x', 1], [{ a: 'a' }], [{ a: 'a' }, { a: 1 }]],
    ...[{}, { a: 'a' }, { a: '' }, { a: 1 }, { a: true }, { a: undefined }, { b: null }, { c: 1 }],
    ...[
      { a: 'a', b: 9 },
      { a: 'a', b: 10 },
      { a: 'a', b: undefined },
      { any: 1 },
      { a: 'a', c: 1 },
    ],
  ]
  let [passed, refused] = [0, 0]
  for (const name of names) {
    const [check, model] = [compileSchema(ours[name]), Compile(theirs[name])]
    for (const value of values) {
      const fits = check.Check(value)
      t.equal(fits, model.Check(value), `${name}: ${JSON.stringify(value)}`)
      if (fits) passed++
      else refused++
    }
  }
  t.ok(passed > 50 && refused > 50, `${passed} values fit, ${refused} do not`)
})
