// XK2 with 10,000 schedules: the commit tier's test with another number.
process.env.MCSCP_TEST_SCHEDULES = '10000'
await import('../scp/races.test.js')
