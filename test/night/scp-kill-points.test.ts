// XF2 with twenty kills at each point: the commit tier's test with another number.
process.env.MCSCP_TEST_KILLS_A_POINT = '20'
await import('../scp/kill-points.test.js')
