import type { ChargeKind } from './charge-kind.js'

/** 契約種別: every class of contract that Table 1 of seed 004 names, and Pricall (§2.1). */
export const CONTRACT_CLASSES = [
  'mobile',
  'satellite',
  'pocket_dual',
  'dotchimo',
  'international',
  'pricall',
  'charge_display',
  'ship',
  'aircraft',
] as const

export type ContractClass = (typeof CONTRACT_CLASSES)[number]

/**
 * What a class may charge, and by which scenario; `undefined` is refused at the switch, step ⑤
 * (seed 004 Table 1 and §2.1; requirements S-05, S-17, S-18).
 */
// biome-ignore format: table
export const CHARGE_KIND_OF: Readonly<Record<ContractClass, ChargeKind | undefined>> = {
  mobile:         'mobilers', // 携帯・自動車電話契約者
  satellite:      'mobilers', // 衛星携帯・自動車電話契約者
  pocket_dual:    'mobilers', // ポケットデュアルサービス契約者
  dotchimo:       'mobilers', // ドッチーモプラン契約者, two numbers in one fee system
  international:  'mobilers', // 国際電話サービス契約者
  pricall:        'pricall',  // ぷりコール契約者: units are added
  charge_display: undefined,  // 度数表示サービス契約者
  ship:           undefined,  // 船舶電話契約者
  aircraft:       undefined,  // 航空機電話契約者
}

export const isContractClass = (text: string): text is ContractClass =>
  (CONTRACT_CLASSES as readonly string[]).includes(text)
