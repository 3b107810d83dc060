/** An element as a configuration file has it: attributes, children in order, and its text. */
export interface XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  readonly text: string
}

const NAME = '[A-Za-z_][\\w.-]*'
const TOKEN = new RegExp(
  [
    '<!--(?:(?!--)[\\s\\S])*-->',
    '<\\?xml [^>]*\\?>',
    `<\\/(?<closed>${NAME})\\s*>`,
    `<(?<opened>${NAME})(?<attributes>(?:\\s+${NAME}="[^"<]*")*)\\s*(?<empty>\\/?)>`,
    '(?<text>[^<]+)',
  ].join('|'),
  'y',
)

/**
 * Reads the XML that configuration is made of: elements, attributes in double quotes, text, comments.
 * Throws with the line for anything that is not well-formed (XML 1.0 §2.1), or that it does not know.
 */
export function parseXml(source: string): XmlElement {
  const root = { name: '', attributes: {}, children: [] as XmlElement[], text: '' }
  const open = [root]
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < source.length) {
    const at = TOKEN.lastIndex
    const found = TOKEN.exec(source)?.groups
    const inner = open.at(-1)
    if (!found || !inner) throw malformed(source, at, 'this is no markup')
    if (found.closed !== undefined) {
      if (found.closed !== inner.name) throw malformed(source, at, `${inner.name} is open`)
      open.pop()
    } else if (found.opened !== undefined) {
      if (inner === root && root.children.length > 0) throw malformed(source, at, 'a second root')
      const element = {
        name: found.opened,
        attributes: attributesOf(source, at, found.attributes ?? ''),
        children: [],
        text: '',
      }
      inner.children.push(element)
      if (found.empty === '') open.push(element)
    } else if (found.text !== undefined) {
      if (/&(?!(?:amp|lt|gt|quot|apos);)/.test(found.text)) throw malformed(source, at, 'a bare &')
      if (inner === root && found.text.trim()) throw malformed(source, at, 'text outside the root')
      inner.text += found.text.trim()
    }
  }
  const [document] = root.children
  if (open.length > 1 || !document) throw malformed(source, source.length, 'it ends too early')
  return document
}

/** Every element of that name, at any depth, in order. */
export const elementsOf = (element: XmlElement, name: string): XmlElement[] => [
  ...(element.name === name ? [element] : []),
  ...element.children.flatMap(child => elementsOf(child, name)),
]

function attributesOf(source: string, at: number, text: string): Record<string, string> {
  const pairs = [...text.matchAll(/([\w.-]+)="([^"]*)"/g)].map(([, name = '', value = '']) => {
    if (/&(?!(?:amp|lt|gt|quot|apos);)/.test(value)) throw malformed(source, at, 'a bare &')
    return [name, value] as const
  })
  const attributes = Object.fromEntries(pairs)
  if (Object.keys(attributes).length < pairs.length) throw malformed(source, at, 'given twice')
  return attributes
}

const malformed = (source: string, at: number, why: string): Error =>
  new Error(`line ${source.slice(0, at).split('\n').length}: ${why}`)
