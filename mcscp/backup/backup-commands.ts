import { resolve } from 'node:path'
import { Command } from 'commander'
import { epochMs } from '../../domain/clock.js'
import { jstText } from '../../domain/jst.js'
import { systemClock } from '../../platform/clock.js'
import { makeHome } from '../../platform/home.js'
import { homeOf } from '../network-settings.js'
import { readManifest } from './manifest.js'
import { putBack } from './put-back.js'
import { takeBackup } from './take.js'

const tell = (line: string) => console.log(`  ${line}`)
const now = () => systemClock.now()

/** `mcscp backup`: a copy of a home whose programs run. */
export const backupCommand = (): Command =>
  new Command('backup')
    .summary('copy stores and files of a network that runs into a folder')
    .description(
      'Copies every store as it is at one moment, checked, with settings, code tables and closed files, ' +
        'into a new folder; the programs may run. Keys and card files are left out unless asked for.',
    )
    .argument('<folder>', 'a folder that is not there yet')
    .option(
      '--with-keys',
      'with keys/ and cards/: whoever reads the folder can then use every card',
      false,
    )
    .action(async (folder: string, { withKeys }: { withKeys: boolean }) => {
      const home = homeOf(process.env)
      const backup = resolve(folder)
      const { files } = await takeBackup({ home, backup, withKeys, now, tell })
      console.log(`${backup}: ${files.length} files, ${withKeys ? 'keys among them' : 'no keys'}.`)
    })

/** `mcscp restore`: a backup put back into an empty home. */
export const restoreCommand = (): Command =>
  new Command('restore')
    .summary('put a backup back into a home that has no stores')
    .description(
      'Puts a backup back. Nothing is overwritten, and no program may run in the home. A restored scp ' +
        'first burns the cards that CRS has accepted since the backup, and takes calls only then.',
    )
    .argument('<folder>', 'what «mcscp backup» made')
    .option('--only <stores...>', 'these stores and no files, as scp, crs, billing')
    .action(async (folder: string, { only }: { only?: string[] }) => {
      const home = homeOf(process.env)
      const backup = resolve(folder)
      const { takenAt } = readManifest(backup)
      makeHome(home)
      await putBack({ home, backup, only, now, tell })
      console.log(`${home.folder} is as it was at ${jstText(epochMs(takenAt))}.`)
    })
