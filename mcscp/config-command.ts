import { Command } from 'commander'
import { homeOf } from './network-settings.js'
import { allSettings, checkSettings } from './settings-in-force.js'

/** `mcscp config`: what can be set, what is set, and whether it is right. */
export function configCommand(): Command {
  const config = new Command('config').description('Shows and checks the settings.')
  config
    .command('show')
    .description('Lists every setting with its value in force, default, unit and meaning.')
    .action(show)
  config
    .command('check')
    .description('Reads all settings as a start would, and tells every mistake at once.')
    .action(check)
  return config
}

const settingsFile = () => homeOf(process.env).settingsFile

async function check(): Promise<void> {
  await checkSettings(settingsFile(), process.env)
  console.log('All settings are right.')
}

async function show(): Promise<void> {
  const given = await checkSettings(settingsFile(), process.env)
  let heading = ''
  for (const { owner, setting } of await allSettings()) {
    if (owner !== heading) console.log(`\n# ${owner}`)
    heading = owner
    const value = given[setting.name]
    const unit = setting.unit ? ` ${setting.unit}` : ''
    const source = setting.source ? ` [${setting.source}]` : ''
    console.log(`# ${setting.about}${source}`)
    console.log(
      value === undefined
        ? `# ${setting.name}=${setting.default}${unit && `  #${unit}`}`
        : `${setting.name}=${value}${unit && `  #${unit}`}  # default ${setting.default}`,
    )
  }
}
