import type { ClipFile } from '../guidance-audio/phrase.js'

/** Where a clip lies, as the media engine sees it. */
export type ClipPath = (clip: ClipFile) => string

/** Plays nothing: for reading a key without a prompt. The shortest stretch there is, in ms. */
export const SILENT_PROMPT = 'silence_stream://10'

/** What an argument of the event socket would not carry as it is: quotes, joints, variables, line ends. */
const UNSAFE = /['!$\\\p{Cc}]/u

/** Whether clips in a folder of that path can be played. */
export const isPlayableFolder = (folder: string): boolean => !UNSAFE.test(folder)

/** Clips one after the other, as one file to play. */
export const promptOf = (pathOf: ClipPath, clips: readonly ClipFile[]): string =>
  clips.length === 0 ? SILENT_PROMPT : `file_string://${clips.map(pathOf).join('!')}`

/** A prompt as one of several arguments: those are parted at spaces. */
export const quoted = (prompt: string): string => (prompt.includes(' ') ? `'${prompt}'` : prompt)
