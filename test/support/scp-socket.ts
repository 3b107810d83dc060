import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

/** One question as it stood on the wire. */
export interface Question {
  readonly method: string
  readonly path: string
  readonly body: string
}

/** What is answered: a status and a body, or nothing at all. */
export type Reply = { readonly status: number; readonly body: unknown } | 'nothing'

/** scp's place on a Unix socket: answers each question as the test says, and keeps them. */
export async function scpSocketOf(t: Test, answer: (question: Question) => Reply) {
  const folder = mkdtempSync(join(tmpdir(), 'mcscp-'))
  const path = join(folder, 'scp.sock')
  const questions: Question[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text
    })
    request.on('end', () => {
      const question = { method: request.method ?? '', path: request.url ?? '', body }
      questions.push(question)
      const reply = answer(question)
      if (reply === 'nothing') return
      response.writeHead(reply.status, { 'content-type': 'application/json' })
      response.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body))
    })
  })
  await new Promise<void>(resolve => server.listen(path, resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
    rmSync(folder, { recursive: true })
  })
  return { path, folder, questions }
}
