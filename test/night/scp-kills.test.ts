// XF1 with a thousand kills: the commit tier's test with another number.
process.env.MCSCP_TEST_KILLS = '1000'
await import('../scp/kill.test.js')
