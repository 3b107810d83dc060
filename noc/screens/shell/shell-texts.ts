import type { Text } from '../../traffic/columns.js'

/** The words around every page. */
export const TEXTS = {
  skip: { ja: '本文へ移動', en: 'Skip to the content' },
  menu: { ja: 'メニュー', en: 'Menu' },
  menuFold: { ja: 'メニューをたたむ', en: 'Fold the menu' },
  menuUnfold: { ja: 'メニューを開く', en: 'Unfold the menu' },
  language: { ja: '言語', en: 'Language' },
  theme: { ja: '配色', en: 'Colours' },
  auto: { ja: '自動', en: 'Auto' },
  light: { ja: 'ライト', en: 'Light' },
  dark: { ja: 'ダーク', en: 'Dark' },
  logOut: { ja: 'ログアウト', en: 'Log out' },
  nothingHere: { ja: 'この画面はありません', en: 'There is no such page' },
  notYours: {
    ja: 'この画面を見る権限がありません',
    en: 'Your permission group does not see this page',
  },
  toTraffic: { ja: 'チャージトラヒックへ', en: 'To the charge traffic' },
  service: {
    ja: 'カードサービス制御装置 オペレーション',
    en: 'Card service control point, operations',
  },
} as const satisfies Record<string, Text>
