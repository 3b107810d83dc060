// XF8 with a store that is held for 30 s, too: the commit tier's test with other numbers.
process.env.MCSCP_TEST_HOLDS = '100,1000,5000,30000'
await import('../scp/store-trouble.test.js')
