// XF6 with 500 bits in each: the commit tier's test with another number.
process.env.MCSCP_TEST_BIT_FLIPS = '500'
await import('../scp/bit-flips.test.js')
