import type { FunctionName } from './accounts/functions.js'
import type { Text } from './traffic/columns.js'

/** A page of the operators' screens. */
export interface Page {
  readonly path: string
  readonly title: Text
  /** Under which heading of the menu it stands. */
  readonly group: keyof typeof PAGE_GROUPS
  /** Who may see it: whose permission group has one of these functions; the routes that it asks let nobody else. */
  readonly by: readonly FunctionName[]
  /** Only where there are phones to call from: in simulation. */
  readonly needsPhone?: boolean
}

/** The headings of the menu, in its order. */
export const PAGE_GROUPS = {
  watch: { ja: '監視', en: 'Watch' },
  operate: { ja: '運用', en: 'Operate' },
  desks: { ja: '業務', en: 'Desks' },
  try: { ja: '試す', en: 'Try' },
} as const satisfies Record<string, Text>

const text = (ja: string, en: string): Text => ({ ja, en })

/** Every page, in the order of the menu. Read by the server and by the browser, so it stands on nothing else. */
// biome-ignore format: table
export const PAGES = {
  traffic: { path: '/',        group: 'watch',   by: ['traffic.see'], title: text('チャージトラヒック', 'Charge traffic') },
  now:     { path: '/now',     group: 'watch',   by: ['calls.see'], title: text('現在の呼', 'Calls now') },
  alarms:  { path: '/alarms',  group: 'watch',   by: ['alarms.see'], title: text('警報', 'Alarms') },
  entries: { path: '/entries', group: 'watch',   by: ['entries.see'], title: text('操作ログ', 'Operation log') },
  locks:     { path: '/locks',     group: 'operate', by: ['locks.see'], title: text('操作規制', 'Locks') },
  services:  { path: '/services',  group: 'operate', by: ['services.see'], title: text('サービス', 'Services') },
  approvals: { path: '/approvals', group: 'operate', by: ['approvals.see'], title: text('承認', 'Approvals') },
  cards:     { path: '/cards',     group: 'desks',   by: ['cards.see'], title: text('カード業務', 'Card office') },
  billing:   { path: '/billing',   group: 'desks',   by: ['billing.see'], title: text('料金業務', 'Billing desk') },
  people:    { path: '/people',    group: 'desks',   by: ['sessions.see', 'accounts.see', 'audit.see'], title: text('利用者と記録', 'People and audit') },
  docs:      { path: '/docs',      group: 'try',     by: ['api.see'], title: text('API 仕様', 'API description') },
  phone:     { path: '/phone',     group: 'try',     by: ['phone.use'], title: text('電話機', 'Phone'), needsPhone: true },
  generator: { path: '/generator', group: 'try',     by: ['generator.see'], title: text('呼の発生', 'Traffic generator'), needsPhone: true },
} as const satisfies Record<string, Page>

/** Names a page. */
export type PageName = keyof typeof PAGES
