import PDFDocument from 'pdfkit'
import type { JstDay } from '../../domain/jst.js'
import { printFont } from './font.js'
import { type Ink, type Mark, PAPER, type Page, textWidth } from './marks.js'

/** What a reader of PDF shows of a document beside its pages. */
export interface PdfTitle {
  readonly title: string
  readonly author: string
  readonly language: 'ja' | 'en'
  /** Day that it tells as its making: of the content, so that the same content has the same bytes. */
  readonly madeOn: JstDay
}

const COLOURS: Record<Ink, string> = {
  text: '#1c2430',
  soft: '#667180',
  accent: '#0b4f8a',
  rule: '#c4ccd6',
  tint: '#edf3f9',
  paper: '#ffffff',
}

/** Stands for a character that the font does not have, as in Japanese printing. */
const GETA = '〓'

/** Bold: the font's one weight, drawn around too with a pen this wide, in parts of the size. */
const BOLD_PEN = 0.035

/**
 * Makes a PDF of pages, with those characters of the font inside that it uses. The same pages and title give the
 * same bytes on every machine: nothing in it comes from the clock or from chance, and it is not compressed,
 * since what compression gives differs from one machine to the next.
 */
export function pdfOf(pages: readonly Page[], about: PdfTitle): Promise<Buffer> {
  const made = new Date(`${about.madeOn}T00:00:00Z`)
  const document = new PDFDocument({
    size: [PAPER.width, PAPER.height],
    margin: 0,
    autoFirstPage: false,
    compress: false,
    lang: about.language,
    pdfVersion: '1.7',
    displayTitle: true,
    info: {
      Title: about.title,
      Author: about.author,
      Creator: 'mcscp',
      Producer: 'mcscp',
      CreationDate: made,
      ModDate: made,
    },
  })
  document.registerFont('print', printFont().bytes)
  for (const page of pages) {
    document.addPage().font('print')
    for (const mark of page) draw(document, mark)
  }
  return bytesOf(document)
}

type Document = InstanceType<typeof PDFDocument>

function draw(document: Document, mark: Mark): void {
  const colour = COLOURS[mark.ink]
  switch (mark.mark) {
    case 'text':
      drawText(document, mark)
      break
    case 'line':
      document.moveTo(...mark.from).lineTo(...mark.to)
      document.lineWidth(mark.width).stroke(colour)
      break
    case 'box':
      drawBox(document, mark, colour)
  }
}

function drawBox(document: Document, mark: Extract<Mark, { mark: 'box' }>, colour: string): void {
  const { x, y, width, height, radius } = mark
  if (radius === 0) document.rect(x, y, width, height)
  else document.roundedRect(x, y, width, height, radius)
  if (mark.filled) document.fill(colour)
  else document.lineWidth(0.75).stroke(colour)
}

function drawText(document: Document, mark: Extract<Mark, { mark: 'text' }>): void {
  const { x, y, size, align, bold, ink } = mark
  const content = [...mark.text].map(printable).join('')
  const width = textWidth(content, size)
  const left = align === 'left' ? x : align === 'right' ? x - width : x - width / 2
  document.fontSize(size).lineWidth(size * BOLD_PEN)
  document.fillColor(COLOURS[ink]).strokeColor(COLOURS[ink])
  document.text(content, left, y, {
    lineBreak: false,
    baseline: 'alphabetic',
    features: [],
    fill: true,
    stroke: bold,
  })
}

const printable = (character: string): string =>
  printFont().has(character.codePointAt(0) ?? 0) ? character : GETA

function bytesOf(document: Document): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    document.on('data', (part: Buffer) => parts.push(part))
    document.on('end', () => resolve(Buffer.concat(parts)))
    document.on('error', reject)
    document.end()
  })
}
