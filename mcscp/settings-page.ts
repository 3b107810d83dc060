import { PRODUCT_FOLDER } from '../platform/product-files.js'
import { allSettings, type ReadSetting } from './settings-in-force.js'

const INTRODUCTION = `# Settings

Everything that can be set, made from the settings themselves by \`node tools/settings-page.mjs\`; a test holds this page against them.

A setting stands in \`mcscp.conf\` in the home folder, a line \`NAME=value\` each with \`#\` before comments, or in the environment, which comes first. It is read when a program starts. \`mcscp config show\` lists what is in force and whether it comes from the file, the environment or the default; \`mcscp config check\` tells every mistake at once, as a start does. Paths that are not absolute here begin in the product's folder.
`

/** What stands over the settings that one program reads first. */
const HEADINGS: Readonly<Record<string, string>> = {
  network: 'All programs and commands',
}

/** docs/settings.md, as the settings have it. */
export function settingsPage(): string {
  const sections = new Map<string, ReadSetting[]>()
  for (const read of allSettings()) {
    const [first] = read.readBy
    sections.set(first, [...(sections.get(first) ?? []), read])
  }
  return [INTRODUCTION, ...[...sections].map(section)].join('\n')
}

const section = ([reader, settings]: [string, readonly ReadSetting[]]): string =>
  [
    `## ${HEADINGS[reader] ?? reader}`,
    '',
    '| setting | what it does | values | unit | default | after | read by |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...settings.map(row),
    '',
  ].join('\n')

function row({ setting, readBy }: ReadSetting): string {
  const { name, about, schema, unit = '–', source = '–', only } = setting
  const readers = readBy[0] === 'network' ? 'all' : readBy.join(', ')
  const cells = [
    `\`${name}\`${only ? ` (${only} only)` : ''}`,
    about,
    schema.description ?? '',
    unit,
    `\`${setting.default.replace(PRODUCT_FOLDER, '')}\``,
    source,
    readers,
  ]
  return `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
}
