// XK1 on a grid of 1 ms for all four seconds: the commit tier's test with another number.
process.env.MCSCP_TEST_MONTH_GRID = '1'
await import('../faults/month-end.test.js')
