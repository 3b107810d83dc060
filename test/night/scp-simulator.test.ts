// The simulator with ten thousand seeds: the commit tier's test with another number.
process.env.MCSCP_TEST_SEEDS = '10000'
await import('../scp/simulator.test.js')
