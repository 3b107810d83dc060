// XF2 with twenty kills at each point of the road from a card to the ledger, and of every store: the commit
// tier's tests with another number.
process.env.MCSCP_TEST_KILLS_A_POINT = '20'
await import('../faults/road-kill-points.test.js')
await import('../faults/store-kill-points.test.js')
