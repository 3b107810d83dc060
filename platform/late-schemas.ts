import { createRequire } from 'node:module'
import type { FastifySchemaCompiler, FastifySerializerCompiler } from 'fastify'

/** What Fastify compiles schemas with by itself: its own copy, and by its own options. */
const ofFastify = createRequire(createRequire(import.meta.url).resolve('fastify'))

const checks = once((): FastifySchemaCompiler<unknown> => {
  const compilers: () => (shared: object, options: object) => FastifySchemaCompiler<unknown> =
    ofFastify('@fastify/ajv-compiler')
  return compilers()({}, { customOptions: {}, plugins: [] })
})

const writers = once((): FastifySerializerCompiler<unknown> => {
  const compilers: () => (shared: object, options: object) => FastifySerializerCompiler<unknown> =
    ofFastify('@fastify/fast-json-stringify-compiler')
  return compilers()({}, {})
})

/**
 * Compiles what checks a request, when its route is first asked. Compiling the schemas of all routes takes a
 * seventh of the time that scp needs to start, and after a `kill -9` callers wait for that.
 */
export const lateCheck: FastifySchemaCompiler<unknown> = route => {
  const check = once(() => checks()(route))
  const late: ReturnType<FastifySchemaCompiler<unknown>> = value => {
    const answer = check()(value)
    // Fastify reads here what was wrong.
    late.errors = check().errors ?? null
    return answer
  }
  return late
}

/** Compiles what writes an answer, when its route first gives one. */
export const lateWriter: FastifySerializerCompiler<unknown> = route => {
  const write = once(() => writers()(route))
  return value => write()(value)
}

/** Makes something at its first use, and gives the same from then on. */
function once<T>(make: () => T): () => T {
  let made: { readonly it: T } | undefined
  return () => {
    made ??= { it: make() }
    return made.it
  }
}
