import { join } from 'node:path'
import type { Test } from 'tap'
import { ROLES } from '../../domain/role.js'
import { SESSION_COOKIE } from '../../noc/http/guard.js'
import { homeAt } from '../../platform/home.js'
import { SocketClient } from '../../platform/http-client.js'
import { scpSocket } from '../../scp/config.js'
import type { ChargePolicy } from '../../scp/store/charges.js'
import { freshHome } from './fresh-home.js'
import { type NocDeskOptions, openNoc } from './noc-desk.js'
import { openOffice } from './office-desk.js'
import { POLICY } from './scp-values.js'

const HOST = '127.0.0.1:14080'

/** As a page of the screens asks. */
export const HEADERS = { host: HOST, origin: `http://${HOST}` }

/** noc over the card office of a real scp's store, with a person of each role. */
export async function openNocAndOffice(
  t: Test,
  policy: ChargePolicy = POLICY,
  others: Pick<NocDeskOptions, 'billing'> = {},
) {
  const folder = t.testdir({ scp: {}, noc: {} })
  const office = await openOffice(t, {
    policy,
    folder: join(folder, 'scp'),
    importFolder: homeAt(join(folder, 'home')).cardImports,
  })
  const home = freshHome(t)
  await office.listen(scpSocket(home))
  const scp = new SocketClient(scpSocket(home))
  const noc = await openNoc(t, { folder: join(folder, 'noc'), scp, ...others })
  const password = (await noc.store.accounts.find('watch'))?.password ?? ''
  for (const role of ROLES) await noc.store.accounts.put({ name: role, group: role, password }, 0)
  const sessions = new Map<string, string>()
  /** Asks as a person: by default there is one of each role, named as it. */
  const ask = async (name: string, method: 'GET' | 'POST', url: string, payload?: object) => {
    const kept = sessions.get(name)
    const lasts = kept !== undefined && (await noc.store.sessions.use(kept)) !== undefined
    const token = lasts ? kept : await noc.store.sessions.begin(name)
    if (url === '/logout') sessions.delete(name)
    else sessions.set(name, token)
    const cookies = { [SESSION_COOKIE]: token }
    const asked = { method, url, headers: HEADERS, cookies, ...(payload ? { payload } : {}) }
    const { statusCode: status, body } = await noc.app.inject(asked)
    return { status, body: /^[{[]/.test(body) ? JSON.parse(body) : body }
  }
  return {
    office,
    noc,
    folder,
    ask,
    close: async () => {
      await noc.close()
      scp.close()
      await office.close()
    },
  }
}
