import { countText } from '../parts/amounts.js'
import { timeText } from '../parts/moment.js'
import { SimpleTable } from '../parts/simple-table.js'
import { say } from '../shell/language.js'
import type { BadLine, CardImport } from './answers.js'
import { TEXTS } from './texts.js'

/** Lists of another maker's cards that were taken in as a batch, or were to be, and their bad lines. */
export const Imports = ({ imports }: { imports: readonly CardImport[] }) => (
  <>
    <SimpleTable
      title={TEXTS.imports}
      none={TEXTS.noneTitle}
      columns={[
        { words: TEXTS.file, isWord: true },
        { words: TEXTS.begun, isWord: true },
        { words: TEXTS.ended, isWord: true },
        { words: TEXTS.kept },
        { words: TEXTS.refusedLines },
        { words: TEXTS.outcome, isWord: true },
      ]}
      rows={imports.toReversed().map(one => ({
        name: `${one.import}`,
        cells: [
          one.file,
          timeText(one.begunAt),
          one.endedAt === null ? '–' : timeText(one.endedAt),
          countText(one.kept),
          countText(one.refused),
          one.failure ?? say(one.endedAt === null ? TEXTS.underWay : TEXTS.isDone),
        ],
      }))}
    />
    {imports.map(one => (
      <BadLines key={one.import} lines={one.refusals} bad={one.refused} />
    ))}
  </>
)

/** The first bad lines of a list, each with what is wrong with it. */
export const BadLines = ({ lines, bad }: { lines: readonly BadLine[]; bad: number }) =>
  lines.length === 0 ? undefined : (
    <div class="bad-lines">
      <SimpleTable
        title={TEXTS.badLines}
        none={TEXTS.noneTitle}
        beside={<span class="by">{countText(bad)}</span>}
        columns={[{ words: TEXTS.line }, { words: TEXTS.problem, isWord: true }]}
        rows={lines.map(({ line, problem }) => ({ name: `${line}`, cells: [line, problem] }))}
      />
    </div>
  )
