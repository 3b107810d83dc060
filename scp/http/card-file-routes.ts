import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault, systemErrorCode } from '../../platform/fault.js'
import type { httpEdge } from '../../platform/http-edge.js'
import { Type } from '../../platform/schema.js'
import { keepUpload } from '../cards/uploaded-import.js'
import type { OfficeRoutesOptions } from './office-routes.js'

/** Longest list of another maker that comes by the screens, in bytes: some 200,000 cards; longer ones are laid there. */
export const UPLOAD_MAX = 8 * 1_048_576

const batch = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })

const printFile = Type.Object({
  batch,
  file: Type.String({ pattern: '^batch-[0-9]{6,16}-[0-9]{4}\\.csv\\.age$' }),
})

const upload = Type.Object({ batch, text: Type.String({ maxLength: UPLOAD_MAX }) })

export interface CardFileRoutesOptions extends Pick<OfficeRoutesOptions, 'read' | 'clock'> {
  /** Where print files lie, and where lists of other makers do. */
  readonly cards: string
  readonly imports: string
  /** The machine's time, in ms. */
  readonly nowMs: () => number
}

/**
 * Files of the card office, for noc, which says who may ask.
 *
 * - `GET /v1/office/print-files/:batch/:file`: one that `take_print_file` was performed for, in base64, as it lies there:
 *   encrypted
 * - `POST /v1/office/card-imports` with `{batch, text}`: keeps another maker's list for the batch that was planned for
 *   it, and tells of each bad line; `import_cards` is asked for with what is answered
 */
export function cardFileRoutes(
  edge: ReturnType<typeof httpEdge>,
  { read, clock, cards, imports, nowMs }: CardFileRoutesOptions,
): void {
  edge.get(
    '/v1/office/print-files/:batch/:file',
    { schema: { params: printFile } },
    async ({ params: { batch, file } }) => {
      const { files } = await read('batch', { batch, at: clock.now() })
      if (!files.some(({ name }) => name === file)) {
        throw new Fault('ACT_REFUSED', `${file} is no print file of batch ${batch}.`)
      }
      const content = await readFile(join(cards, file)).catch(cause => {
        const code = systemErrorCode(cause)
        throw new Fault('FILE_UNREADABLE', `${file} cannot be read: ${code}.`, { cause })
      })
      return { file, content: content.toString('base64') }
    },
  )
  edge.post(
    '/v1/office/card-imports',
    { bodyLimit: 2 * UPLOAD_MAX, schema: { body: upload } },
    async ({ body: { batch: number, text } }) => {
      const { batch } = await read('batch', { batch: number, at: clock.now() })
      if (batch.kind !== 'imported' || batch.state !== 'planned') {
        throw new Fault('ACT_REFUSED', `Batch ${number} is not planned for another maker's cards.`)
      }
      const kept = await keepUpload(imports, number, text, batch, nowMs())
      return { ...kept, sha256: kept.sha256.toString('hex') }
    },
  )
}
