/** Which of the test processes that run beside each other this is, 0 to 3; alone it is any. */
export const TEST_SLOT = Number(process.env.MCSCP_TEST_SLOT ?? process.pid) % 4
