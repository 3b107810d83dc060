import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { PRODUCT_FOLDER } from '../../platform/product-files.js'

/** Folders that hold no source of ours. */
const NOT_OURS = new Set(['node_modules', 'dist', 'var', '.git', '.tap', '.ci'])

/** One TypeScript source of the project. */
export interface SourceFile {
  /** Path inside the project, `scp/cards/issue.ts`. */
  readonly path: string
  /** First folder of the path; empty for a file at the root. */
  readonly folder: string
  readonly text: string
  readonly tree: ts.SourceFile
}

/** Top-level folders of the project that may hold sources. */
export const topFolders = (): string[] =>
  readdirSync(PRODUCT_FOLDER, { withFileTypes: true })
    .filter(entry => entry.isDirectory() && !NOT_OURS.has(entry.name))
    .map(entry => entry.name)

/** Every TypeScript source of the project, read once. */
export function sourceFiles(): SourceFile[] {
  return topFolders().flatMap(folder =>
    readdirSync(join(PRODUCT_FOLDER, folder), { recursive: true, encoding: 'utf8' })
      .filter(name => /\.tsx?$/.test(name) && !name.includes('node_modules'))
      .map(name => read(folder, name)),
  )
}

function read(folder: string, name: string): SourceFile {
  const path = `${folder}/${name}`
  const text = readFileSync(join(PRODUCT_FOLDER, path), 'utf8')
  return { path, folder, text, tree: ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true) }
}

/** Walks every node of a source. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node)
  ts.forEachChild(node, child => walk(child, visit))
}
