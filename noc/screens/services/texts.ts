import type { Text } from '../../traffic/columns.js'

export const TEXTS = {
  list: { ja: 'サービスの一覧', en: 'Services' },
  service: { ja: 'サービス', en: 'Service' },
  state: { ja: '状態', en: 'State' },
  running: { ja: '運転中', en: 'Running' },
  stopped: { ja: '停止中', en: 'Stopped' },
  bySettings: { ja: '設定により停止', en: 'stopped by the settings' },
  media: { ja: '新しい呼の接続先', en: 'New calls go to' },
  stop: { ja: '停止', en: 'Stop' },
  start: { ja: '開始', en: 'Start' },
  switchOver: { ja: '切替', en: 'Switch over' },
  stopEffect: {
    ja: '新しい呼は受け付けず、発信者には停止中の案内が流れます。通話中の呼は最後まで続きます。',
    en: 'New calls are not taken: callers hear that the service is stopped. Calls in progress go on to their end.',
  },
  startEffect: { ja: '新しい呼をふたたび受け付けます。', en: 'New calls are taken again.' },
  switchEffect: {
    ja: '新しい呼は指定した音声装置へ接続します。通話中の呼はいまの装置で最後まで続きます。',
    en: 'New calls go to the media engine that is named. Calls in progress end where they are.',
  },
  switchTo: { ja: '接続先(空欄は設定どおり)', en: 'To (empty: as the settings say)' },
} as const satisfies Record<string, Text>
