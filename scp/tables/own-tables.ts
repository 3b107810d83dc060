import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PRODUCT_FOLDER } from '../../platform/product-files.js'
import { denominationsText } from '../rules/denominations.js'
import { NO_REPLACED_CLIPS } from '../rules/guidance-table.js'
import type { OwnTables } from '../rules/tables.js'

/** Version 0 of each table: denominations as the settings have them, the others as the product does. */
export const ownTables = (faceValues: readonly number[]): OwnTables => ({
  denominations: denominationsText(faceValues),
  'number-ranges': ofProduct('number-ranges.csv'),
  'subscriber-classes': ofProduct('subscriber-classes.csv'),
  guidance: NO_REPLACED_CLIPS,
})

const ofProduct = (name: string): string =>
  readFileSync(join(PRODUCT_FOLDER, 'scp/tables', name), 'utf8')
