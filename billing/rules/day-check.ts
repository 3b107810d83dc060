/** Charges of one node, kind and face value. */
export interface Counted {
  readonly node: string
  readonly kind: string
  readonly faceValue: number
  readonly count: number
  readonly sum: number
}

/**
 * What a day close says otherwise than what was reflected, in words; `undefined` when they agree
 * (requirement C-06). The first difference is enough: it is where somebody begins to look.
 */
export function differenceOf(
  closed: readonly Counted[],
  reflected: readonly Counted[],
): string | undefined {
  const nameOf = ({ node, kind, faceValue }: Counted) => `${node} ${kind} ${faceValue} yen`
  const here = new Map(reflected.map(one => [nameOf(one), one]))
  const there = new Map(closed.map(one => [nameOf(one), one]))
  for (const name of new Set([...there.keys(), ...here.keys()])) {
    const [said, found] = [there.get(name), here.get(name)]
    if (said?.count === found?.count && said?.sum === found?.sum) continue
    return `${name}: closed with ${said?.count ?? 0} charges, ${found?.count ?? 0} reflected`
  }
  return undefined
}
