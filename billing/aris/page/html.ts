import { type AccountShown, accountInWords } from './account.js'
import { LANGUAGES, type Language, say, type Word } from './words.js'

/** The only style: one column that fits 240 pixels, larger where there is room. */
export const STYLE = `
:root { color-scheme: light dark; }
body { font: 16px/1.6 sans-serif; max-width: 30rem; margin: 0 auto; padding: .5rem; overflow-wrap: anywhere; }
h1 { font-size: 1.1rem; margin: .3rem 0; }
h2 { font-size: 1rem; margin: 1.2rem 0 .2rem; }
a { color: inherit; }
nav { text-align: end; font-size: .9rem; }
nav a, nav span { display: inline-block; padding: .3rem .5rem; }
label { display: block; margin-top: .8rem; }
input, button { font: inherit; box-sizing: border-box; width: 100%; min-height: 2.75rem; padding: .3rem .5rem; }
button { margin-top: .8rem; }
dl { margin: .5rem 0; }
dt { font-size: .9rem; }
dd { margin: 0 0 .5rem; font-size: 1.3rem; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { text-align: end; padding: .2rem .1rem; border-bottom: 1px solid; font-weight: normal; }
th:first-child, td:first-child { text-align: start; }
.told { border: 2px solid; padding: .3rem .5rem; }
.phone { border: 1px dashed; padding: .3rem .5rem; }
`

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, sign => ENTITIES[sign] ?? sign)

/** Where a page of the subscriber’s leads to, in its language. */
export const pathIn = (language: Language, path: string): string =>
  language === LANGUAGES[0] ? path : `${path}?lang=${language}`

const NAMES: Readonly<Record<Language, string>> = { ja: '日本語', en: 'English' }

/** A whole page, without any script. `path`: the same page in another language. */
function page(language: Language, path: string, body: readonly string[]): string {
  const languages = LANGUAGES.map(one =>
    one === language
      ? `<span lang="${one}" aria-current="true">${NAMES[one]}</span>`
      : `<a lang="${one}" hreflang="${one}" href="${pathIn(one, path)}">${NAMES[one]}</a>`,
  )
  const title = say(language, 'title')
  return [
    '<!doctype html>',
    `<html lang="${language}"><head><meta charset="utf-8">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${title}</title><link rel="stylesheet" href="/aris.css"></head><body>`,
    `<nav aria-label="言語 Language">${languages.join(' ')}</nav>`,
    `<main><h1>${title}</h1>`,
    ...body,
    '</main></body></html>\n',
  ].join('\n')
}

/** Something a subscriber must read first. */
const told = (sentence: string): string => `<p class="told" role="alert">${escaped(sentence)}</p>`

const field = (language: Language, name: 'number' | 'code', length: number): string =>
  `<label for="${name}">${say(language, name)}</label>` +
  `<input id="${name}" name="${name}" inputmode="numeric" maxlength="${length}" required autofocus ` +
  `autocomplete="${name === 'code' ? 'one-time-code' : 'tel'}">`

/** The first page: the number. `why`: what is to be said before it is asked for again. */
export const numberPage = (language: Language, why?: string): string =>
  page(language, '/', [
    ...(why ? [told(why)] : []),
    `<form method="post" action="${pathIn(language, '/code')}">`,
    field(language, 'number', 13),
    `<button>${say(language, 'sendCode')}</button></form>`,
  ])

/** What the page for the code is made of. */
export interface CodePage {
  readonly number: string
  readonly why?: string
  /** What the phone of a simulation received. */
  readonly phone?: string | undefined
}

/** The second page: the code. */
export const codePage = (language: Language, { number, why, phone }: CodePage): string =>
  page(language, '/', [
    why ? told(why) : `<p>${say(language, 'sent')}</p>`,
    ...(phone ? [`<p class="phone">${say(language, 'phone')}:<br>${escaped(phone)}</p>`] : []),
    `<form method="post" action="${pathIn(language, '/visit')}">`,
    `<input type="hidden" name="number" value="${escaped(number)}">`,
    field(language, 'code', 6),
    `<button>${say(language, 'show')}</button></form>`,
    `<p><a href="${pathIn(language, '/')}">${say(language, 'back')}</a></p>`,
  ])

/** The account. */
export function accountPage(language: Language, number: string, account: AccountShown): string {
  const { facts, tables, asOf } = accountInWords(language, account)
  const word = (name: Word) => say(language, name)
  return page(language, '/account', [
    `<p>${escaped(number)}</p>`,
    `<dl>${facts.map(([name, value]) => `<dt>${name}</dt><dd>${escaped(value)}</dd>`).join('')}</dl>`,
    `<p>${escaped(asOf)}</p>`,
    ...tables.flatMap(({ heading, heads, rows, empty }) => [
      `<h2>${heading}</h2>`,
      rows.length === 0
        ? `<p>${empty}</p>`
        : `<table><thead><tr>${heads.map(one => `<th scope="col">${one}</th>`).join('')}</tr></thead><tbody>${rows
            .map(row => `<tr>${row.map(cell => `<td>${escaped(cell)}</td>`).join('')}</tr>`)
            .join('')}</tbody></table>`,
    ]),
    `<p><a href="${pathIn(language, '/account.txt')}">${word('asText')}</a></p>`,
    `<form method="post" action="${pathIn(language, '/leave')}"><button>${word('leave')}</button></form>`,
  ])
}

/** A page that only says something and leads back to the first. */
export const sentencePage = (language: Language, sentence: string): string =>
  page(language, '/', [
    told(sentence),
    `<p><a href="${pathIn(language, '/')}">${say(language, 'back')}</a></p>`,
  ])
