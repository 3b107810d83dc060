import type { ComponentType } from 'preact'
import { useEffect } from 'preact/hooks'
import { PAGES, type Page, type PageName } from '../../pages.js'
import { AlarmsPage } from '../alarms/page.js'
import { ApprovalsPage } from '../approvals/page.js'
import { BillingDeskPage } from '../billing-desk/page.js'
import { CallsPage } from '../calls/page.js'
import { CardOfficePage } from '../card-office/page.js'
import { ChargeTrafficPage } from '../charge-traffic/page.js'
import { DocsPage } from '../docs/page.js'
import { GeneratorPage } from '../generator/page.js'
import { LocksPage } from '../locks/page.js'
import { OperationLogPage } from '../operation-log/page.js'
import { Empty, Failure, Waiting } from '../parts/notices.js'
import { useAnswer } from '../parts/use-answer.js'
import { PeoplePage } from '../people/page.js'
import { PhonePage } from '../phone/late-page.js'
import { ServicesPage } from '../services/page.js'
import { followLink, useAddress } from './address.js'
import { LanguageChoice, ThemeChoice } from './choices.js'
import { useKept } from './kept.js'
import { chosenLanguage, say } from './language.js'
import { groupText, type Me, may } from './me.js'
import { Menu } from './menu.js'
import { TEXTS } from './shell-texts.js'
import './base.css'
import './app.css'

/** What every page is given. */
export interface PageProps {
  readonly me: Me
}

/** The page behind each name. */
const SHOWN: Readonly<Record<PageName, ComponentType<PageProps>>> = {
  traffic: ChargeTrafficPage,
  now: CallsPage,
  alarms: AlarmsPage,
  entries: OperationLogPage,
  locks: LocksPage,
  services: ServicesPage,
  approvals: ApprovalsPage,
  cards: CardOfficePage,
  billing: BillingDeskPage,
  people: PeoplePage,
  docs: DocsPage,
  phone: PhonePage,
  generator: GeneratorPage,
}

/** The whole of the screens: the menu, the bar, and the page that the address names. */
export function App() {
  const language = useKept(chosenLanguage)
  const { path } = useAddress()
  const { answer: me, refusal, again } = useAnswer<Me>('/api/me')
  const found = Object.entries(PAGES).find(([, page]) => page.path === path)
  const name = found?.[0] as PageName | undefined
  const title = found ? say(found[1].title) : say(TEXTS.nothingHere)
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  if (!me) {
    return <main>{refusal ? <Failure refusal={refusal} again={again} /> : <Waiting />}</main>
  }
  return (
    <div class="frame">
      <a class="skip" href="#content">
        {say(TEXTS.skip)}
      </a>
      <Menu me={me} path={path} />
      <div class="beside">
        <header class="bar">
          <h1>{title}</h1>
          <div id="bar-state" class="bar-state" />
          <ThemeChoice />
          <LanguageChoice />
          <span class="account" title={say(groupText(me.group))}>
            {me.account}
          </span>
          <form method="post" action="/logout">
            <button type="submit" class="quiet">
              {say(TEXTS.logOut)}
            </button>
          </form>
        </header>
        <main id="content" tabIndex={-1} key={path}>
          <PageOrReason name={name} me={me} />
        </main>
      </div>
    </div>
  )
}

/** The page by its name, or why it is not seen. */
function PageOrReason({ name, me }: { name: PageName | undefined; me: Me }) {
  const page: Page | undefined = name && PAGES[name]
  if (name && page && may(me, ...page.by) && (me.hasPhone || !page.needsPhone)) {
    const Shown = SHOWN[name]
    return <Shown me={me} />
  }
  return (
    <Empty title={page ? TEXTS.notYours : TEXTS.nothingHere}>
      <p>
        <a href="/" onClick={followLink}>
          {say(TEXTS.toTraffic)}
        </a>
      </p>
    </Empty>
  )
}
