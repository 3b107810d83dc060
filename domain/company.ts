/**
 * ドコモ9社: the nine companies that CRS divides charge records among (seed 004 §4.2; requirements C-02,
 * C-10), in the order of the country from north to south.
 */
export const COMPANIES = [
  { code: 1, ja: '北海道', en: 'Hokkaido' },
  { code: 2, ja: '東北', en: 'Tohoku' },
  { code: 3, ja: '中央', en: 'Chuo' },
  { code: 4, ja: '東海', en: 'Tokai' },
  { code: 5, ja: '北陸', en: 'Hokuriku' },
  { code: 6, ja: '関西', en: 'Kansai' },
  { code: 7, ja: '中国', en: 'Chugoku' },
  { code: 8, ja: '四国', en: 'Shikoku' },
  { code: 9, ja: '九州', en: 'Kyushu' },
] as const

/** A company by its number, 1 to 9. */
export type Company = (typeof COMPANIES)[number]['code']

/** Reads `1` to `9`. */
export const parseCompany = (text: string): Company | undefined =>
  COMPANIES.find(({ code }) => `${code}` === text)?.code
