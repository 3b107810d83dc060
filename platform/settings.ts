import { z } from 'zod'
import { epochMs } from '../domain/clock.js'
import { SIP_ADDRESS } from '../domain/sip-address.js'
import { Fault } from './fault.js'

/** One thing an operator may set: how its text is read, and everything a person needs to choose it. */
export interface Setting<T> {
  /** Its name in mcscp.conf and in the environment, `MCSCP_…`. */
  readonly name: string
  /** How its text is read; its `description` says which texts those are. */
  readonly schema: z.ZodType<T, string>
  /** Text that is read when nothing is set. */
  readonly default: string
  /** `ms`, `yen`, `calls/s` …; absent where the value has none. */
  readonly unit?: string
  readonly about: string
  /** Seed section, RFC or requirement the default comes from. */
  readonly source?: string
  /** Where it can be set, when not in mcscp.conf too. */
  readonly only?: 'environment'
}

export type Settings = Readonly<Record<string, Setting<unknown>>>

/** The values of a table of settings, by the table's own keys. */
export type SettingValues<S extends Settings> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never
}

/** Texts as given by the file and the environment, by setting name. */
export type Given = Readonly<Record<string, string | undefined>>

type Described = Omit<Setting<unknown>, 'name' | 'schema'>

/** Declares a setting. */
export const setting = <T>(
  name: `MCSCP_${string}`,
  schema: z.ZodType<T, string>,
  described: Described,
): Setting<T> => ({ name, schema, ...described })

const wholeNumber = z
  .string()
  .regex(/^-?\d{1,15}$/, 'must be a whole number')
  .transform(Number)

/** A whole number between two bounds, both allowed. */
export const wholeNumberBetween = (min: number, max: number) =>
  wholeNumber
    .pipe(z.number().min(min, `must be ${min} or more`).max(max, `must be ${max} or less`))
    .describe(`${min} to ${max}`)

/** The same, or a word that stands for none. */
export const wholeNumberOr = <const W extends string>(word: W, min: number, max: number) =>
  z
    .union([z.literal(word).transform(() => undefined), wholeNumberBetween(min, max)], {
      error: `must be ${word}, or ${min} to ${max}`,
    })
    .describe(`${word}, or ${min} to ${max}`)

/** A TCP or UDP port; 0 lets the system choose, for tests. */
export const portNumber = wholeNumberBetween(0, 65_535)

/** `on` or `off`. */
export const onOff = z
  .enum(['on', 'off'], 'must be on or off')
  .transform(text => text === 'on')
  .describe('on or off')

/** One of the listed words. */
export const oneOf = <const W extends readonly [string, ...string[]]>(words: W) =>
  z.enum(words, `must be one of ${words.join(', ')}`).describe(words.join(', '))

/** An IPv4 or IPv6 address to listen on or reach. */
export const ipAddress = z
  .union([z.ipv4(), z.ipv6()], 'must be an IP address')
  .describe('IP address')

/** A folder, by its path. */
export const folderPath = z.string().min(1, 'must not be empty').describe('path')

/** A file, by its path, or a word that stands for none. */
export const filePathOr = <const W extends string>(word: W) =>
  z
    .string()
    .min(1, 'must not be empty')
    .transform(text => (text === word ? undefined : text))
    .describe(`${word}, or path`)

/** The name of one of several nodes of a program in a home: the program's own, or one that begins with it. */
export const nodeOf = (program: string) =>
  z
    .string()
    .regex(new RegExp(`^${program}[a-z0-9-]{0,12}$`), `must be ${program}, or begin with it`)
    .describe(`${program}, or ${program} with up to 12 of a-z, 0-9 and hyphen behind it`)

/** A domain name, as it stands in a SIP URI. */
export const domainName = z
  .string()
  .regex(/^[A-Za-z0-9.-]+$/, 'must be a domain')
  .describe('domain name')

/** Where a SIP request goes: `127.0.0.1:5070;transport=tcp`. */
export const sipAddress = z
  .string()
  .regex(SIP_ADDRESS, 'must be host:port, with parameters such as ;transport=tcp if any')
  .describe('host:port, and parameters such as ;transport=tcp')

/** Several such, one or more. */
export const sipAddresses = z
  .string()
  .refine(
    text => text.split('|').every(one => SIP_ADDRESS.test(one)),
    'must be host:port, with parameters such as ;transport=tcp if any, several with | between',
  )
  .describe('host:port, and parameters such as ;transport=tcp; several with | between')

/** A moment, as `2000-12-01T00:00:00+09:00`. */
export const moment = z.iso
  .datetime({ offset: true, error: 'must be a moment such as 2000-12-01T00:00:00+09:00' })
  .transform(text => Date.parse(text))
  .describe('moment with offset')

/** A moment, or a word that stands for none. */
export const momentOr = <const W extends string>(word: W) =>
  z
    .union([z.literal(word).transform(() => undefined), moment.transform(epochMs)], {
      error: `must be ${word}, or a moment such as 2000-12-01T00:00:00+09:00`,
    })
    .describe(`${word}, or moment with offset`)

/** What is wrong with the given texts one by one, a sentence a mistake; empty when all is well. */
export function settingMistakes(settings: Settings, given: Given): string[] {
  return Object.values(settings).flatMap(one => {
    const text = given[one.name] ?? one.default
    const read = one.schema.safeParse(text)
    if (read.success) return []
    const why = read.error.issues[0]?.message ?? 'cannot be read'
    return [`${one.name}=${text}: ${why} (${one.about})`]
  })
}

/**
 * Reads a program's settings. Throws one `SETTINGS_INVALID` that lists every mistake: of single values,
 * and when there is none, of values that contradict each other.
 */
export function readSettings<S extends Settings>(
  settings: S,
  given: Given,
  contradictions: (values: SettingValues<S>) => readonly string[] = () => [],
): SettingValues<S> {
  const mistakes = settingMistakes(settings, given)
  if (mistakes.length > 0) throw invalidSettings(mistakes)
  const read = Object.entries(settings).map(([key, one]) => [
    key,
    one.schema.parse(given[one.name] ?? one.default),
  ])
  const values = Object.fromEntries(read) as SettingValues<S>
  const contradicting = contradictions(values)
  if (contradicting.length > 0) throw invalidSettings(contradicting)
  return values
}

/** One fault for all mistakes, a line each. */
export const invalidSettings = (mistakes: readonly string[]): Fault =>
  new Fault(
    'SETTINGS_INVALID',
    `${mistakes.length} ${mistakes.length === 1 ? 'setting is' : 'settings are'} wrong:\n` +
      mistakes.map(mistake => `  ${mistake}`).join('\n'),
  )
