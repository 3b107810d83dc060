import { parseDial } from './choice.js'
import type { HandlerTarget } from './request-handler.js'

/** Who is asked for new requests: for those of one method, or for all that no other handler names. */
export interface MethodHandler {
  readonly method?: string
  readonly target: HandlerTarget
}

/** Whose the new requests of a method are; `undefined` for the applications in turn. */
export const handlerOf = (
  handlers: readonly MethodHandler[],
  method: string,
): HandlerTarget | undefined =>
  (
    handlers.find(handler => handler.method === method) ??
    handlers.find(handler => handler.method === undefined)
  )?.target

/**
 * Reads handlers as a setting has them, blanks between: `INVITE=tcp:127.0.0.1:3001 post:http://…/route`.
 * `undefined` when one is none, or two are for the same.
 */
export function parseHandlers(text: string): readonly MethodHandler[] | undefined {
  const handlers: MethodHandler[] = []
  for (const word of text.trim().split(/\s+/)) {
    const [, method, place = ''] = /^(?:([A-Z]+)=)?(.*)$/.exec(word) ?? []
    const target = parseTarget(place)
    if (!target || handlers.some(handler => handler.method === method)) return undefined
    handlers.push(method === undefined ? { target } : { method, target })
  }
  return handlers
}

/** `tcp:host:port` of an application that waits, or the URL of a service, with `post:` before it or not. */
function parseTarget(text: string): HandlerTarget | undefined {
  const [, post, url] = /^(post:)?(https?:.*)$/i.exec(text) ?? []
  if (url === undefined) return parseDial(text)
  const by = post === undefined ? 'GET' : 'POST'
  return URL.canParse(url) ? { kind: 'ask', by, url: new URL(url) } : undefined
}
