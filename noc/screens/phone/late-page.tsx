import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Refusal } from '../parts/ask.js'
import { Failure, Waiting } from '../parts/notices.js'
import type { PageProps } from '../shell/app.js'

/** The page of the phone, loaded when it is first looked at: SIP is more script than all the rest. */
export function PhonePage(props: PageProps) {
  const [page, setPage] = useState<{ readonly Page: ComponentType<PageProps> }>()
  const [failed, setFailed] = useState(false)
  useEffect(() => {
    import('./page.js').then(
      ({ LoadedPhonePage }) => setPage({ Page: LoadedPhonePage }),
      () => setFailed(true),
    )
  }, [])
  if (failed) {
    return <Failure refusal={new Refusal(0, 'UNREACHABLE', '')} again={() => location.reload()} />
  }
  return page ? <page.Page {...props} /> : <Waiting />
}
