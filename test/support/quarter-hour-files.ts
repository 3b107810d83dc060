import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type DecodedQuarterHourFile,
  decodeQuarterHourFile,
} from '../../domain/quarter-hour-file.js'
import { sha256 } from '../../platform/sha256.js'

/** Everything in a folder of quarter-hour files but the day closes, read as such a file, by name. */
export const quarterHourFilesIn = (folder: string): DecodedQuarterHourFile[] =>
  readdirSync(folder)
    .filter(name => !name.endsWith('-close.txt'))
    .sort()
    .map(name => decodeQuarterHourFile(readFileSync(join(folder, name), 'latin1'), sha256()))
