import { join } from 'node:path'
import { PRODUCT_FOLDER } from '../platform/product-files.js'

/** Where the committed clips lie, each under the file name that `phrase` gives. */
export const CLIPS_FOLDER = join(PRODUCT_FOLDER, 'guidance-audio', 'clips')
