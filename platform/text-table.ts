/** Columns of their own width, the first to the left, the others to the right; for a terminal. */
export function textTable(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map(row => widthOf(row[column] ?? ''))),
  )
  return rows.map(row =>
    row
      .map((cell, column) => {
        const space = ' '.repeat((widths[column] ?? 0) - widthOf(cell))
        return column === 0 ? `${cell}${space}` : `${space}${cell}`
      })
      .join('  ')
      .trimEnd(),
  )
}

/** Columns of a terminal that a text takes: two for each Japanese character. */
const widthOf = (text: string): number =>
  [...text].reduce((width, one) => width + ((one.codePointAt(0) ?? 0) >= 0x2e80 ? 2 : 1), 0)
