import type { ScreenLanguage, Text } from '../../traffic/columns.js'
import { Kept } from './kept.js'

/** The language that was chosen in this browser; Japanese until then. */
export const chosenLanguage = new Kept<ScreenLanguage>('mcscp-language', ['ja', 'en'])

export const language = (): ScreenLanguage => chosenLanguage.now

/** Writes a text in the chosen language. */
export const say = (text: Text): string => text[chosenLanguage.now]
