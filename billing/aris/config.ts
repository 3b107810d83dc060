import { join } from 'node:path'
import type { Home } from '../../platform/home.js'

/** aris's store: what may be enquired about. */
export const arisStore = (home: Home): string => join(home.stores, 'aris.sqlite')

/** Socket on which aris answers ivr, and takes billing's updates. */
export const arisSocket = (home: Home): string => join(home.sockets, 'aris.sock')
