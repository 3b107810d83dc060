import { type AddedKind, parseAddedKind, SCENARIO_NAME } from '../../domain/charge-kind.js'

/** The scenarios that the product brings along. */
export const OWN_SCENARIOS = ['mobilers', 'pricall', 'balance'] as const

export type OwnScenario = (typeof OWN_SCENARIOS)[number]

/** A scenario that is to run: one of ours, or one that an operator added, with its module's file. */
export type ListedScenario =
  | { readonly name: OwnScenario; readonly file?: undefined }
  | { readonly name: AddedKind; readonly file: string }

/** All of ours. */
export const ALL_OWN: readonly ListedScenario[] = OWN_SCENARIOS.map(name => ({ name }))

const isOwn = (name: string): name is OwnScenario =>
  (OWN_SCENARIOS as readonly string[]).includes(name)

/** What a list looks like, for people. */
export const SCENARIO_LIST_FORM = `some of ${OWN_SCENARIOS.join(', ')}, and name=/path/of/module.js, with commas between`

/** Reads `mobilers,pricall,gift=/opt/gift-card.js`; the second part has a sentence a mistake. */
export function readScenarioList(text: string): [readonly ListedScenario[], readonly string[]] {
  const listed: ListedScenario[] = []
  const mistakes: string[] = []
  for (const one of text.split(',').map(part => part.trim())) {
    const read = readOne(one)
    if (typeof read === 'string') mistakes.push(read)
    else if (listed.some(({ name }) => name === read.name)) mistakes.push(`${read.name} twice`)
    else listed.push(read)
  }
  return [listed, mistakes]
}

function readOne(text: string): ListedScenario | string {
  const [name = '', ...path] = text.split('=')
  const file = path.join('=')
  if (isOwn(name)) return file === '' ? { name } : `${name} is the name of a scenario of ours`
  const kind = parseAddedKind(name)
  if (!kind) return `“${name}” is no name: ${SCENARIO_NAME.source}, and none that is taken`
  if (file === '') return `${name} is none of ours, and has no module: ${name}=/path/of/module.js`
  if (!file.startsWith('/')) return `the path of ${name}’s module must be absolute: ${file}`
  return { name: kind, file }
}
