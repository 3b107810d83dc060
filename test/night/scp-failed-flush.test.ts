// XF5 with each of the first 200 flushes of the write-ahead log failing, and 50 of other files: the commit
// tier's test with other numbers.
const upTo = (count: number, file: string) =>
  Array.from({ length: count }, (_, n) => `${file}:${n + 1}`)
const all = [
  ...upTo(200, 'scp.db-wal'),
  ...upTo(10, 'scp.db'),
  ...upTo(30, '.part'),
  ...upTo(10, 'files'),
]
process.env.MCSCP_TEST_FAILING_FLUSHES = all.join(' ')
// Three times as many as flushes are wanted: some are answered together.
process.env.MCSCP_TEST_FAILING_ANSWERS = '600'
await import('../scp/failed-flush.test.js')
