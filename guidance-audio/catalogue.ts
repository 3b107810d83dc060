import type { Language } from '../domain/charge-answer.js'
import { clipsEn } from './catalogue-en.js'
import { clipsJa } from './catalogue-ja.js'
import type { Clip } from './clip.js'

/** Every clip of both languages, numbers first. */
export const CATALOGUE: readonly Clip[] = [...clipsJa(), ...clipsEn()]

const byName = new Map(CATALOGUE.map(clip => [`${clip.language}/${clip.id}`, clip]))

/** What a clip must say; `undefined` when no clip has that id. */
export const clipOf = (language: Language, id: string): Clip | undefined =>
  byName.get(`${language}/${id}`)
