import { InvalidArgumentError } from 'commander'

/** Reads a moment that a command is given by Japan's clock, `2001-01-15` or `2001-01-15T10:15[:30]`: ms since 1970. */
export function japanMoment(text: string): number {
  const [, day, time = '00:00'] =
    /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}(?::\d{2})?))?$/.exec(text) ?? []
  const at = Date.parse(`${day}T${time}+09:00`)
  if (Number.isNaN(at)) throw new InvalidArgumentError('As 2001-01-15 or 2001-01-15T10:15.')
  return at
}
