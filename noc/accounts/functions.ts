import { ROLES, type Role } from '../../domain/role.js'
import type { Text } from '../traffic/columns.js'

/** One thing that a permission group may be granted (requirement P-12). */
export interface PermissionFunction {
  readonly area: keyof typeof AREAS
  readonly words: Text
  /** Whose built-in groups have it. */
  readonly roles: readonly Role[]
  /**
   * Granted to groups of these roles alone: what the card office does for a role, and who decides who people are. So no
   * group joins what two people have to do (requirements §5.3).
   */
  readonly bound?: true
}

/** Under which headings functions stand, in this order. */
export const AREAS = {
  watch: { ja: '監視', en: 'Watch' },
  operate: { ja: '運用', en: 'Operate' },
  cards: { ja: 'カード業務', en: 'Card office' },
  billing: { ja: '料金業務', en: 'Billing desk' },
  people: { ja: '利用者', en: 'People' },
  try: { ja: '試す', en: 'Try' },
} as const satisfies Record<string, Text>

const ON_DUTY = ['operator', 'supervisor', 'auditor'] as const
const RELEASING = ['operator', 'supervisor'] as const
const ACTING = ['operator', 'supervisor', 'card-issuer', 'key-custodian'] as const
const ISSUING = ['card-issuer'] as const
const KEEPING = ['key-custodian'] as const
const IN_USE = ['operator', 'card-issuer'] as const
const STOPPING = ['operator', 'supervisor', 'card-issuer'] as const
const FIXING = ['supervisor'] as const
const WATCHING = ['supervisor', 'auditor', 'administrator'] as const
const ADMINISTERING = ['administrator'] as const

/** Short for a row of the table below. */
const of = (
  area: PermissionFunction['area'],
  roles: readonly Role[],
  ja: string,
  en: string,
): PermissionFunction => ({ area, roles, words: { ja, en } })

const bound = (...row: Parameters<typeof of>): PermissionFunction => ({
  ...of(...row),
  bound: true,
})

/**
 * Every function, in the order of the screens. One that begins with `act.` is an act of the card office, by its name there,
 * and scp looks again whether the role may. A function once named keeps its name: stores have it.
 */
// biome-ignore format: table
export const FUNCTIONS = {
  'traffic.see':           of('watch', ROLES, 'チャージトラヒック:参照', 'Charge traffic: look'),
  'calls.see':             of('watch', ROLES, '呼:参照', 'Calls: look'),
  'alarms.see':            of('watch', ROLES, '警報:参照', 'Alarms: look'),
  'alarms.acknowledge':    of('watch', RELEASING, '警報:確認・メモ', 'Alarms: acknowledge, note'),
  'entries.see':           of('watch', ROLES, '操作ログ:参照', 'Operation log: look'),
  'numbers.see':           of('watch', ON_DUTY, '加入者番号:参照', 'Subscribers’ numbers: see whole'),
  'locks.see':             of('operate', ON_DUTY, '規制:参照', 'Locks: look'),
  'act.unlock_handset':    bound('operate', RELEASING, '端末規制:解除', 'Handset: unlock'),
  'act.unlock_handsets':   bound('operate', RELEASING, '端末規制:一括解除', 'Handsets: unlock several'),
  'act.unlock_card':       bound('operate', RELEASING, 'カード規制:解除', 'Card: unlock'),
  'act.unlock_cards':      bound('operate', RELEASING, 'カード規制:一括解除', 'Cards: unlock several'),
  'act.end_brake':         bound('operate', RELEASING, '全体規制:解除', 'Whole brake: end'),
  'services.see':          of('operate', ON_DUTY, 'サービス:参照', 'Services: look'),
  'act.stop_service':      bound('operate', RELEASING, 'サービス:停止', 'Service: stop'),
  'act.start_service':     bound('operate', RELEASING, 'サービス:開始', 'Service: start'),
  'act.switch_service':    bound('operate', RELEASING, 'サービス:切替', 'Service: switch over'),
  'tables.see':            of('operate', ON_DUTY, 'テーブル:参照・検査', 'Tables: look, check'),
  'act.replace_table':     bound('operate', RELEASING, 'テーブル:更新', 'Table: replace'),
  'act.roll_back_table':   bound('operate', RELEASING, 'テーブル:復元', 'Table: roll back'),
  'act.call_off_table':    bound('operate', RELEASING, 'テーブル:予約取消', 'Table: call off'),
  'approvals.see':         of('operate', [...ACTING, 'auditor'], '承認:参照', 'Approvals: look'),
  'approvals.decide':      bound('operate', ACTING, '承認:決定', 'Approvals: decide'),
  'cards.see':             of('cards', [...ACTING, 'auditor'], 'カード:参照', 'Cards: look'),
  'liability.see':         of('cards', ['supervisor', 'card-issuer', 'auditor'], 'カード債務:参照', 'Liability: look'),
  'act.plan_batch':        bound('cards', ISSUING, 'バッチ:計画', 'Batch: plan'),
  'act.generate_batch':    bound('cards', ISSUING, 'バッチ:生成', 'Batch: generate'),
  'act.import_cards':      bound('cards', KEEPING, 'カード:取込', 'Cards: import'),
  'act.export_batch':      bound('cards', KEEPING, 'バッチ:引渡', 'Batch: hand over'),
  'act.take_print_file':   bound('cards', KEEPING, '印刷ファイル:取出し', 'Print file: take'),
  'act.spoil_cards':       bound('cards', ['key-custodian', 'card-issuer'], 'カード:損紙', 'Cards: spoil'),
  'act.deliver_cards':     bound('cards', ISSUING, 'カード:納品', 'Cards: deliver'),
  'act.activate_cards':    bound('cards', ISSUING, 'カード:有効化', 'Cards: activate'),
  'act.freeze_cards':      bound('cards', STOPPING, 'カード:凍結', 'Cards: freeze'),
  'act.unfreeze_cards':    bound('cards', IN_USE, 'カード:凍結解除', 'Cards: unfreeze'),
  'act.void_cards':        bound('cards', ISSUING, 'カード:無効化', 'Cards: make void'),
  'act.refund_cards':      bound('cards', IN_USE, 'カード:払戻', 'Cards: refund'),
  'act.extend_cards':      bound('cards', IN_USE, 'カード:期限延長', 'Cards: extend'),
  'act.freeze_batch':      bound('cards', STOPPING, 'バッチ:凍結', 'Batch: freeze'),
  'act.unfreeze_batch':    bound('cards', IN_USE, 'バッチ:凍結解除', 'Batch: unfreeze'),
  'act.rotate_pin_key':    bound('cards', KEEPING, 'カード番号の鍵:更新', 'PIN key: rotate'),
  'billing.see':           of('billing', ON_DUTY, '料金:参照', 'Billing: look'),
  'billing.rearm':         of('billing', RELEASING, 'CRS 連携:再開', 'Exchange: re-arm'),
  'billing.retry':         of('billing', RELEASING, '保留:再処理', 'Held charges: try again'),
  'billing.release':       of('billing', RELEASING, '保留:解除', 'Held charge: let pass'),
  'billing.confirm':       of('billing', FIXING, '日締め:確認', 'Days: confirm'),
  'billing.calculate':     of('billing', FIXING, '月次:計算', 'Month: calculate'),
  'billing.close':         of('billing', FIXING, '月次:確定', 'Month: close'),
  'billing.hold':          of('billing', FIXING, '月次:保留・保留解除', 'Month: hold, release'),
  'billing.mark':          of('billing', FIXING, '請求:貸し倒れ・対象外', 'Invoice: write off, not billable'),
  'sessions.see':          of('people', WATCHING, 'ログイン:参照', 'Sessions: look'),
  'sessions.end':          of('people', ['supervisor', 'administrator'], 'ログイン:終了', 'Sessions: end'),
  'accounts.see':          of('people', WATCHING, 'アカウント:参照', 'Accounts: look'),
  'accounts.add':          bound('people', ADMINISTERING, 'アカウント:登録', 'Accounts: make'),
  'accounts.change':       bound('people', ADMINISTERING, 'アカウント:変更・停止', 'Accounts: rename, disable, password'),
  'accounts.assign':       bound('people', ADMINISTERING, 'アカウント:グループ変更', 'Accounts: change group'),
  'groups.change':         bound('people', ADMINISTERING, '権限グループ:登録・変更', 'Permission groups: make, change'),
  'audit.see':             of('people', ['supervisor', 'auditor'], '監査記録:参照', 'Audit log: look'),
  'api.see':               of('try', ROLES, 'API 仕様:参照', 'API description: look'),
  'generator.see':         of('try', ROLES, '呼の発生:参照', 'Generated traffic: look'),
  'generator.run':         of('try', RELEASING, '呼の発生:開始・停止', 'Generated traffic: start, stop'),
  'phone.use':             of('try', ROLES, '電話機:使用', 'Phone: use'),
} as const satisfies Record<string, PermissionFunction>

export type FunctionName = keyof typeof FUNCTIONS

/** Every function's name, in the order of the table. */
export const FUNCTION_NAMES = Object.keys(FUNCTIONS) as readonly FunctionName[]

/** The function that lets an act of the card office be asked for; `undefined`: there is no such act. */
export const functionOfAct = (act: string): FunctionName | undefined =>
  FUNCTION_NAMES.find(name => name === `act.${act}`)

/** Those that let any act of the card office be asked for. */
export const ACT_FUNCTIONS: readonly FunctionName[] = FUNCTION_NAMES.filter(name =>
  name.startsWith('act.'),
)
