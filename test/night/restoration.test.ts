// XF7 with twelve backups under load, each restored, and a file of 63 MiB that CRS itself takes and gives
// back: the commit tier's test with other numbers.
process.env.MCSCP_TEST_BACKUPS = '12'
process.env.MCSCP_TEST_RESTORE_CHARGES = '300'
process.env.MCSCP_TEST_BIG_FILE = '690000'
await import('../scp/restoration.test.js')
