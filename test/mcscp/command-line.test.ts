import { type Command, CommanderError } from 'commander'
import t from 'tap'
import { commandLine } from '../../mcscp/command-line.js'
import { PROGRAMS, programsOf } from '../../mcscp/programs.js'
import { homeAt } from '../../platform/home.js'
import type { Given } from '../../platform/settings.js'
import { mcscp } from '../support/command-line.js'

/** The command line of a person who never gets as far as to do something. */
const tree = (asked?: string) =>
  commandLine({ home: () => homeAt('/nowhere'), given: () => ({}) }, asked)

/** A command with all below it, each with the words that lead to it. */
function* commandsOf(command: Command, above: string[] = []): Iterable<[string, Command]> {
  const words = [...above, command.name()]
  yield [words.join(' '), command]
  for (const one of command.commands) yield* commandsOf(one, words)
}

/** What a person is told who gives these words, on whichever stream. */
async function toldFor(words: readonly string[]): Promise<string> {
  const mcscp = await tree(words[0])
  const told: string[] = []
  for (const [, command] of commandsOf(mcscp)) {
    command.exitOverride()
    const tell = (text: string) => told.push(text)
    command.configureOutput({ writeOut: tell, writeErr: tell })
  }
  t.throws(() => mcscp.parse(words, { from: 'user' }), CommanderError, words.join(' '))
  return told.join('')
}

t.test('--help of every command says what it does and what each word of it means', async t => {
  const commands = [...commandsOf(await tree())]
  t.ok(commands.length >= 18, `${commands.length} commands`)
  for (const [words, command] of commands) {
    const description = command.description()
    t.match(description, /^[A-Z][^\n]{20,}\.$/s, `${words}: sentences, which the terminal breaks`)
    for (const part of [...command.options, ...command.registeredArguments]) {
      const name = 'long' in part ? part.long : part.name()
      t.match(part.description, /^[^\n]{4,}[^.\n]$/, `${words} ${name}: a phrase`)
    }
    const help = command.helpInformation().replace(/\s+/g, ' ')
    t.match(help, new RegExp(`^Usage: ${words} `), words)
    t.ok(help.includes(description.replace(/\s+/g, ' ')), `${words}: its help holds it`)
    for (const below of command.commands) {
      t.ok(help.includes((below.summary() || below.description()).slice(0, 20)), below.name())
    }
  }
})

t.test('each program of the network is a command, and answers to its name', async t => {
  const names = (await tree()).commands.map(command => command.name())
  for (const { name, load } of PROGRAMS) {
    t.ok(names.includes(name), name)
    t.equal((await load()).name, name)
  }
})

t.test('where real money is charged there is no program of a simulation', async t => {
  const names = (given: Given) => programsOf(given).map(({ name }) => name)
  const all = PROGRAMS.map(({ name }) => name)
  t.strictSame(names({}), all)
  t.strictSame(
    names({ MCSCP_SIMULATION: 'off' }),
    all.filter(name => name !== 'generator'),
  )
  const { told } = await mcscp({ MCSCP_SIMULATION: 'off' }, 'programs')
  t.notMatch(told, 'generator')
  t.match(told, /mls\n$/)
})

t.test('a command that is asked for by its name is loaded alone, with all below it', async t => {
  const whole = await tree()
  for (const command of whole.commands) {
    const alone = await tree(command.name())
    t.strictSame(
      alone.commands.map(one => one.helpInformation()),
      [command.helpInformation()],
      command.name(),
    )
  }
  t.equal((await tree('clok')).commands.length, whole.commands.length, 'to tell what is near')
})

t.test('help is an answer, and no command at all is a mistake', async t => {
  const [asked, of, nothing] = await Promise.all([
    mcscp({}, '--help'),
    mcscp({}, 'cards', 'issue', '--help'),
    mcscp({}),
  ])
  t.match(asked, { code: 0, complaint: '', told: /Usage: mcscp .*Commands:/s })
  t.match(of, { code: 0, complaint: '', told: /Makes a demonstration batch/ })
  t.match(nothing, { code: 1, told: '', complaint: /Usage: mcscp .*Commands:/s })
})

t.test('what is nearly right is recognised', async t => {
  const helped = (words: string) => `\n«${words} --help» tells how it is used.\n`
  // biome-ignore format: table
  for (const [words, message, because] of [
    ['foo',                         `unknown command 'foo'${helped('mcscp')}`,                                       'nothing is near'],
    ['scpp',                        `unknown command 'scpp'\n(Did you mean scp?)${helped('mcscp')}`,                 'a program'],
    ['config shwo',                 `unknown command 'shwo'\n(Did you mean show?)${helped('mcscp config')}`,         'of a sub-command'],
    ['load --cals=3',               `unknown option '--cals=3'\n(Did you mean --calls?)${helped('mcscp load')}`,     'an option'],
    ['load --calls=0',              `option '--calls <number>' argument '0' is invalid. It must be a whole number from 1 to 100000.${helped('mcscp load')}`, 'an option\u2019s value'],
    ['scp now',                     `too many arguments for 'scp'. Expected 0 arguments but got 1.${helped('mcscp scp')}`, 'a word too many'],
    ['call --from 09010000001',     `missing required argument 'number'${helped('mcscp call')}`,                     'a word too few'],
    ['cards issue --count 5',       `required option '--face-value <yen>' not specified${helped('mcscp cards issue')}`, 'an option too few'],
    ['call 1400 --from me',         `option '--from <number>' argument 'me' is invalid. It must be 11 digits beginning 070, 080 or 090.${helped('mcscp call')}`, 'no number'],
    ['subscribers list --class x',  `option '--class <class>' argument 'x' is invalid. Allowed choices are mobile, satellite, pocket_dual, dotchimo, international, pricall, charge_display, ship, aircraft.${helped('mcscp subscribers list')}`, 'no class'],
  ] as const) {
    t.equal(await toldFor(words.split(' ')), `error: ${message}`, `${words}: ${because}`)
  }
})
