// XF3 with a thousand power cuts of each kind: the commit tier's test with another number.
process.env.MCSCP_TEST_CUTS = '1000'
await import('../scp/power-loss.test.js')
