// XF7 with twelve backups under load, each restored: the commit tier's test with other numbers.
process.env.MCSCP_TEST_BACKUPS = '12'
process.env.MCSCP_TEST_RESTORE_CHARGES = '300'
await import('../scp/restoration.test.js')
