/**
 * ギフトカード: a scenario as an operator adds it (docs/scenarios.md). Its callers dial 1401, and a card that they
 * key gives points, one for each 100 yen. Nothing else of the product knows of it.
 *
 * @type {import('../../scp/scenarios/added-scenario.js').AddedScenario}
 */
export const scenario = {
  form: 1,
  service: '1401',
  openCredit(store) {
    store.exec(`CREATE TABLE IF NOT EXISTS gift_points (
      msisdn TEXT PRIMARY KEY,
      cards  INTEGER NOT NULL,
      points INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`)
    const add = store.prepare(`INSERT INTO gift_points (msisdn, cards, points) VALUES (?, 1, ?)
      ON CONFLICT (msisdn) DO UPDATE SET cards = cards + 1, points = points + excluded.points`)
    return ({ msisdn, faceValue }) => {
      add.run(msisdn, Math.floor(faceValue / 100))
    }
  },
}
