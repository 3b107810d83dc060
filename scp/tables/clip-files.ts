import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { takenClip } from '../../platform/guidance-clips.js'
import { PRODUCT_FOLDER } from '../../platform/product-files.js'
import type { GuidanceTable } from '../rules/guidance-table.js'
import type { TableMistake } from '../rules/table-text.js'

/** The clips that there are: of the product by name, and those that operators took in. */
export class ClipFiles {
  readonly #folder: string
  #known: ReadonlySet<string> | undefined

  /** `folder`: where clips lie that were taken in. */
  constructor(folder: string) {
    this.#folder = folder
  }

  /** Lines of a table that no caller could hear. */
  mistakesIn(table: GuidanceTable): TableMistake[] {
    this.#known ??= clipsOfProduct()
    const known = this.#known
    return table.flatMap(({ line, clip, sha256 }) => {
      if (!known.has(clip))
        return [{ line, why: `${clip} is no clip of the product: see its manifest` }]
      if (existsSync(takenClip(this.#folder, sha256))) return []
      return [{ line, why: `no clip ${sha256} was taken in: run «mcscp tables clips»` }]
    })
  }
}

/** Names in the manifest of the product's clips, which is data of guidance-audio. */
function clipsOfProduct(): ReadonlySet<string> {
  const manifest = join(PRODUCT_FOLDER, 'guidance-audio/clips/manifest.json')
  return new Set(Object.keys(JSON.parse(readFileSync(manifest, 'utf8')).clips))
}
