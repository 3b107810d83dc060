import { Command } from 'commander'
import type { GivenTexts } from '../platform/settings-file.js'
import { homeOf } from './network-settings.js'
import { allSettings, checkAllSettings, type ReadSetting } from './settings-in-force.js'

/** `mcscp config`: what can be set, what is set, and whether it is right. */
export function configCommand(): Command {
  const config = new Command('config')
    .summary('show and check the settings')
    .description('Shows and checks the settings.')
  config
    .command('show')
    .description(
      'Lists every setting with its value in force, whether that is the default or comes from ' +
        'mcscp.conf or the environment, its unit and its meaning. The list could stand in mcscp.conf.',
    )
    .action(show)
  config
    .command('check')
    .description('Reads all settings as a start would, and tells every mistake at once.')
    .action(check)
  return config
}

const settingsFile = () => homeOf(process.env).settingsFile

function check(): void {
  checkAllSettings(settingsFile(), process.env)
  console.log('All settings are right.')
}

function show(): void {
  const texts = checkAllSettings(settingsFile(), process.env)
  let heading = ''
  for (const read of allSettings()) {
    const [owner] = read.readBy
    if (owner !== heading) console.log(`\n# ${owner}`)
    heading = owner
    console.log(shown(read, texts))
  }
}

/** What is set stands as a line that sets it; a default, and what the file cannot set, as a comment. */
function shown({ setting }: ReadSetting, { given }: GivenTexts): string {
  const { name, about, source, unit, only } = setting
  const head = `# ${about}${source ? ` [${source}]` : ''}`
  const value = given[name]
  const facts = [
    ...(unit ? [unit] : []),
    ...(value === undefined
      ? ['default']
      : [process.env[name] === undefined ? 'from mcscp.conf' : 'from the environment']),
    ...(value === undefined ? [] : [`default ${setting.default}`]),
  ]
  const line = `${name}=${value ?? setting.default}  # ${facts.join(', ')}`
  return `${head}\n${value === undefined || only ? '# ' : ''}${line}`
}
