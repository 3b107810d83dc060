import { TEST_SLOT } from './test-slot.js'

/**
 * UDP and TCP ports for phones that must be told theirs, a thousand for each test process: above those that
 * the system gives out (from 32,768 to 60,999), so that no other socket of a test is there first.
 */
export const FIRST_PHONE_PORT = 61_000 + TEST_SLOT * 1_000
export const LAST_PHONE_PORT = FIRST_PHONE_PORT + 999
