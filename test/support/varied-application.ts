import type { Application, AppRequest, AppResponse } from './drachtio-application.js'
import type { Course } from './many-calls.js'

/** Takes every call as its course says (`many-calls.ts`); `failed` hears what went wrong. */
export function takeCalls(srf: Application, body: string, failed: (error: unknown) => void): void {
  const answer = (req: AppRequest, res: AppResponse) => srf.createUAS(req, res, { localSdp: body })
  const courses: Record<Course, (req: AppRequest, res: AppResponse) => Promise<unknown>> = {
    caller_hangs_up: answer,
    async called_hangs_up(req, res) {
      const dialog = await answer(req, res)
      await dialog.destroy()
    },
    async refused(_req, res) {
      res.send(486)
    },
    async cancelled(_req, res) {
      res.send(180)
    },
    async passed_on(req, res) {
      const [, target = ''] = /<([^>]+)>/.exec(req.get('Contact')) ?? []
      const { uas, uac } = await srf.createB2BUA(req, res, target, { localSdpB: body })
      await Promise.all([uas.destroy(), uac.destroy()])
    },
  }
  srf.use('invite', (req, res) => {
    const [, user = ''] = /^sip:([^@]+)@/.exec(req.uri) ?? []
    const take = Object.hasOwn(courses, user) ? courses[user as Course] : courses.refused
    take(req, res).catch(failed)
  })
}
