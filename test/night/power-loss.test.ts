// XF3 of CRS and billing with 1,000 power cuts of each kind: the commit tier's test with another number.
process.env.MCSCP_TEST_CUTS = '1000'
await import('../faults/power-loss.test.js')
