import { type JstDay, type JstMonth, parseJstDay } from '../../domain/jst.js'
import { type Yen, yen } from '../../domain/yen.js'
import { type BadLine, readTable, type Table } from '../../platform/csv.js'
import type { TaxPolicy } from '../invoice.js'

/** The tables that rating goes by, by the names of their files. */
export const FEE_TABLES = ['items', 'plans', 'fees', 'discounts', 'tax-rates'] as const
export type FeeTableName = (typeof FEE_TABLES)[number]

/** 料金項目: one line of the table of items. */
export interface FeeItem {
  readonly item: string
  /** 料金内訳名, as printed. */
  readonly name: string
  /** basic, call, packet, i-mode, equipment …: what a discount may speak of. */
  readonly category: string
  readonly taxClass: string
  /** 充当対象テーブル: Mobilers may pay it (requirement B-12). */
  readonly deductible: boolean
}

/** A plan in its brand, and that in its tenant (requirement P-02). */
export interface Plan {
  readonly plan: string
  readonly brand: string
  readonly tenant: string
  readonly taxPolicy: TaxPolicy
}

/**
 * How a monthly fee is asked for where a contract began or ended in the month (requirement P-13).
 * - `first_month_free`: 加入月無料・解約月全額
 * - `daily`: 日割り, the days of the contract out of those of the month
 * - `first_month_free_daily`: both: nothing for the month of joining, by the day for that of the end
 */
export const FEE_RULES = ['first_month_free', 'daily', 'first_month_free_daily'] as const
export type FeeRule = (typeof FEE_RULES)[number]

/** A monthly fee of a plan; a plan may have several, each with its rule. */
export interface MonthlyFee {
  readonly plan: string
  readonly item: string
  readonly name: string
  readonly monthly: Yen
  readonly rule: FeeRule
}

/**
 * 割引: a percentage of the lines of one category. `continuation` goes by whole years of the contract,
 * `volume` by the yen of the lines; from `from`, below `below`.
 */
export interface Discount {
  readonly item: string
  readonly name: string
  readonly kind: 'continuation' | 'volume'
  readonly of: string
  readonly from: number
  readonly below: number
  readonly percent: number
  /** To the nearest 10 yen, 5 upwards (Figure 1: 10円未満四捨五入), or down to the yen. */
  readonly rounding: 'nearest_10' | 'down_1'
}

export interface TaxRate {
  readonly taxClass: string
  readonly from: JstDay
  readonly percent: number
}

/** All that rating goes by. */
export interface FeeTables {
  readonly items: ReadonlyMap<string, FeeItem>
  readonly plans: ReadonlyMap<string, Plan>
  readonly fees: readonly MonthlyFee[]
  readonly discounts: readonly Discount[]
  /** The newest first. */
  readonly taxRates: readonly TaxRate[]
}

/** What reading the tables came to: all of them, or every mistake in any, named by table and line. */
export type FeeTablesRead =
  | { readonly outcome: 'whole'; readonly tables: FeeTables }
  | { readonly outcome: 'wrong'; readonly mistakes: readonly string[] }

const CODE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/
const NAME_MAX = 256

/** Reads all tables (CSV, header line first) and checks that they name only what is there. */
export function readFeeTables(texts: Readonly<Record<FeeTableName, string>>): FeeTablesRead {
  const items = itemsOf(texts.items)
  const plans = plansOf(texts.plans)
  const fees = feesOf(texts.fees)
  const discounts = discountsOf(texts.discounts)
  const rates = ratesOf(texts['tax-rates'])
  const itemCodes = new Set(items.rows.map(({ value }) => value.item))
  const classes = new Set(rates.rows.map(({ value }) => value.taxClass))
  const planNames = new Set(plans.rows.map(({ value }) => value.plan))
  const lacks = <T>(table: Table<T>, has: (value: T) => string | undefined) =>
    table.rows.flatMap(({ line, value }) => {
      const problem = has(value)
      return problem === undefined ? [] : [{ line, problem }]
    })
  const noItem = ({ item }: { readonly item: string }) =>
    itemCodes.has(item) ? undefined : `'${item}' is no item of the table items`
  const wrong: Readonly<Record<FeeTableName, readonly BadLine[]>> = {
    items: [
      ...items.bad,
      ...twice(items, ({ item }) => item),
      ...lacks(items, ({ taxClass }) =>
        classes.has(taxClass) ? undefined : `'${taxClass}' is no class of the table tax-rates`,
      ),
    ],
    plans: [...plans.bad, ...twice(plans, ({ plan }) => plan)],
    fees: [
      ...fees.bad,
      ...lacks(fees, noItem),
      ...lacks(fees, ({ plan }) =>
        planNames.has(plan) ? undefined : `'${plan}' is no plan of the table plans`,
      ),
    ],
    discounts: [...discounts.bad, ...lacks(discounts, noItem)],
    'tax-rates': [...rates.bad, ...twice(rates, ({ taxClass, from }) => `${taxClass} ${from}`)],
  }
  const mistakes = FEE_TABLES.flatMap(table =>
    wrong[table]
      .toSorted((a, b) => a.line - b.line)
      .map(({ line, problem }) => `${table}, line ${line}: ${problem}`),
  )
  if (mistakes.length > 0) return { outcome: 'wrong', mistakes }
  const of = <T>({ rows }: Table<T>) => rows.map(({ value }) => value)
  return {
    outcome: 'whole',
    tables: {
      items: new Map(of(items).map(one => [one.item, one])),
      plans: new Map(of(plans).map(one => [one.plan, one])),
      fees: of(fees),
      discounts: of(discounts),
      taxRates: of(rates).toSorted((a, b) => (a.from < b.from ? 1 : -1)),
    },
  }
}

const itemsOf = (text: string): Table<FeeItem> =>
  whole(text, ['item', 'name', 'category', 'tax_class', 'deductible'], field => {
    if (!CODE.test(field('item'))) return `'${field('item')}' is no code`
    if (!named(field('name'))) return 'the name must have 1 to 256 characters'
    if (!CODE.test(field('category'))) return `'${field('category')}' is no category`
    const deductible = field('deductible')
    if (deductible !== 'yes' && deductible !== 'no') return `deductible must be 'yes' or 'no'`
    const { item, name, category } = textsOf(field, 'item', 'name', 'category')
    return { item, name, category, taxClass: field('tax_class'), deductible: deductible === 'yes' }
  })

const plansOf = (text: string): Table<Plan> =>
  whole(text, ['tenant', 'brand', 'plan', 'tax_policy'], field => {
    const { tenant, brand, plan } = textsOf(field, 'tenant', 'brand', 'plan')
    for (const code of [tenant, brand, plan]) if (!CODE.test(code)) return `'${code}' is no code`
    const taxPolicy = field('tax_policy')
    if (taxPolicy !== 'total' && taxPolicy !== 'per_line') {
      return `'${taxPolicy}' is no tax policy: total, per_line`
    }
    return { tenant, brand, plan, taxPolicy }
  })

const feesOf = (text: string): Table<MonthlyFee> =>
  whole(text, ['plan', 'item', 'name', 'monthly_yen', 'rule'], field => {
    const { plan, item, name } = textsOf(field, 'plan', 'item', 'name')
    if (!named(name)) return 'the name must have 1 to 256 characters'
    const monthly = wholeNumber(field('monthly_yen'))
    if (monthly === undefined) return `'${field('monthly_yen')}' is no amount of whole yen`
    const rule = FEE_RULES.find(one => one === field('rule'))
    if (!rule) return `'${field('rule')}' is no rule: ${FEE_RULES.join(', ')}`
    return { plan, item, name, monthly: yen(monthly), rule }
  })

const discountsOf = (text: string): Table<Discount> =>
  whole(
    text,
    ['item', 'name', 'kind', 'of', 'from', 'below', 'percent', 'rounding'],
    (field): Discount | string => {
      const { item, name, of } = textsOf(field, 'item', 'name', 'of')
      const kind = field('kind')
      if (kind !== 'continuation' && kind !== 'volume') {
        return `'${kind}' is no kind of discount: continuation, volume`
      }
      if (!named(name)) return 'the name must have 1 to 256 characters'
      const from = wholeNumber(field('from'))
      const below = field('below') === '' ? Number.MAX_SAFE_INTEGER : wholeNumber(field('below'))
      if (from === undefined || below === undefined || below <= from) {
        return 'from and below must be whole numbers, below the greater one or empty'
      }
      const percent = wholeNumber(field('percent'))
      if (percent === undefined || percent > 100) return 'percent must be a whole number to 100'
      const rounding = field('rounding')
      if (rounding !== 'nearest_10' && rounding !== 'down_1') {
        return `'${rounding}' is no rounding: nearest_10, down_1`
      }
      return { item, name, kind, of, from, below, percent, rounding }
    },
  )

const ratesOf = (text: string): Table<TaxRate> =>
  whole(text, ['tax_class', 'from', 'percent'], field => {
    if (!CODE.test(field('tax_class'))) return `'${field('tax_class')}' is no tax class`
    const from = parseJstDay(field('from'))
    if (!from?.endsWith('-01')) return `'${field('from')}' is not the first day of a month`
    const percent = wholeNumber(field('percent'))
    if (percent === undefined || percent > 100) return 'percent must be a whole number to 100'
    return { taxClass: field('tax_class'), from, percent }
  })

/** A table whose header line is wrong is one mistake. */
function whole<C extends string, T extends object>(
  text: string,
  columns: readonly C[],
  read: (field: (column: C) => string) => T | string,
): Table<T> {
  try {
    return readTable(text, columns, read)
  } catch (error) {
    return { rows: [], bad: [{ line: 1, problem: error instanceof Error ? error.message : '' }] }
  }
}

const twice = <T>({ rows }: Table<T>, keyOf: (value: T) => string): BadLine[] =>
  rows
    .filter(({ value }, at) => rows.findIndex(one => keyOf(one.value) === keyOf(value)) < at)
    .map(({ line, value }) => ({ line, problem: `'${keyOf(value)}' stands on an earlier line` }))

const textsOf = <C extends string>(field: (column: C) => string, ...columns: readonly C[]) =>
  Object.fromEntries(columns.map(column => [column, field(column)])) as Record<C, string>

const named = (text: string): boolean => text.length > 0 && text.length <= NAME_MAX

const wholeNumber = (text: string): number | undefined =>
  /^\d{1,9}$/.test(text) ? Number(text) : undefined

/** Percent of tax on an item in a month of use (§7.9: by date). */
export function taxPercentOf(tables: FeeTables, taxClass: string, month: JstMonth): number {
  const rate = tables.taxRates.find(one => one.taxClass === taxClass && one.from <= `${month}-01`)
  return rate?.percent ?? 0
}
