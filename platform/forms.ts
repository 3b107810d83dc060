import type { FastifyInstance } from 'fastify'

/** Longest form that is read, in bytes. */
const FORM_MAX = 4_096

/** Lets an edge read what a browser sends from a form without files: names with one text each. */
export function readForms(app: Pick<FastifyInstance, 'addContentTypeParser'>): void {
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: FORM_MAX },
    async (_request: unknown, body: string | Buffer) =>
      Object.fromEntries(new URLSearchParams(body.toString())),
  )
}
