import type { Static, TSchema, Type as TypeBox } from 'typebox'

export type { Static, TSchema }

/** A JSON schema as it goes over wires and to validators. */
type Schema = Readonly<Record<string, unknown>>

/** Marks what an object's property may be absent; seen by `Type.Object` alone. */
const OPTIONAL = Symbol('optional')

const optional = (schema: Schema): Schema =>
  Object.defineProperty({ ...schema }, OPTIONAL, { value: true })

const requiredOf = (properties: Readonly<Record<string, Schema>>) => {
  const required = Object.keys(properties).filter(key => !(OPTIONAL in (properties[key] ?? {})))
  return required.length > 0 ? { required } : {}
}

/** The schemas that TypeBox's functions of the same names make, key by key. */
const builders = {
  Array: (items: Schema, options?: Schema) => ({ type: 'array', items, ...options }),
  Boolean: (options?: Schema) => ({ type: 'boolean', ...options }),
  Enum: (values: readonly unknown[], options?: Schema) => ({ enum: values, ...options }),
  Integer: (options?: Schema) => ({ type: 'integer', ...options }),
  Literal: (value: string | number | boolean, options?: Schema) => ({
    type: typeof value,
    const: value,
    ...options,
  }),
  Null: (options?: Schema) => ({ type: 'null', ...options }),
  Object: (properties: Readonly<Record<string, Schema>>, options?: Schema) => ({
    type: 'object',
    ...requiredOf(properties),
    properties,
    ...options,
  }),
  Optional: optional,
  Partial: ({ properties }: { readonly properties: Readonly<Record<string, Schema>> }) => ({
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(properties).map(([key, schema]) => [key, optional(schema)]),
    ),
  }),
  Record: (_key: Schema, value: Schema) => ({
    type: 'object',
    patternProperties: { '^.*$': value },
  }),
  String: (options?: Schema) => ({ type: 'string', ...options }),
  Tuple: (items: readonly Schema[]) => ({
    type: 'array',
    additionalItems: false,
    items,
    minItems: items.length,
  }),
  Union: (anyOf: readonly Schema[]) => ({ anyOf }),
  Unknown: (options?: Schema) => ({ ...options }),
  Unsafe: (schema: Schema) => schema,
}

/**
 * TypeBox's functions that this product uses, with TypeBox's types. TypeBox itself is 373 modules, which
 * take a third of a second to load: in every program, in each of its threads, for these few lines.
 */
export const Type = builders as unknown as Pick<typeof TypeBox, keyof typeof builders>
