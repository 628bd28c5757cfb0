import '../styles/connect.css'
import { Link } from '@tanstack/react-router'
import type { ReactElement, ReactNode } from 'react'
import { useRead } from '../api/hooks.ts'
import { useMe } from '../api/me.ts'
import { counted } from '../format/number.ts'
import type { IconName } from '../ui/icon.tsx'
import { Mark } from '../ui/mark.tsx'
import type { Tone } from '../ui/mark.tsx'
import { ErrorNotice, hiddenText, Loading, Notice } from '../ui/notices.tsx'
import { Page } from '../ui/page.tsx'
import { ServerLink } from '../ui/server-link.tsx'
import { stepProgress } from './connect-progress.ts'
import type { Sees, StepName, StepProgress } from './connect-progress.ts'

/** The way from nothing to a list in step, each step with whether it is done. */

const SHOWN = { query: { limit: 100 } }
const ROLE = 'owner, admin or the Audience role'

interface Step {
  readonly progress: StepProgress
  readonly shown: {
    readonly title: string
    /** What is there, once it is done. */
    readonly found: ReactNode
    /** Where it is done, for who may. */
    readonly to: ReactNode
    readonly children: ReactNode
  }
}

export function ConnectPage(): ReactElement {
  const me = useMe()
  const where = useRead('me.where', {})
  const view = (permission: string): { enabled: boolean } => ({ enabled: me.may(permission) })
  const reads = {
    credentials: useRead('credentials.list', SHOWN, view('credential:view')),
    destinations: useRead('destinations.list', SHOWN, view('destination:view')),
    sources: useRead('data-sources.list', SHOWN, view('data_source:view')),
    queries: useRead('queries.list', SHOWN, view('query:view')),
    orchestrations: useRead('orchestrations.list', SHOWN, view('orchestration:view')),
  }
  const all = Object.values(reads)
  const error = all.find((read) => read.error !== null)?.error
  const isDemo = where.data?.demo === true
  const about = isDemo
    ? 'This is a demo. Connect your own account like this:'
    : 'Five steps to a list in step.'
  return (
    <Page title="Connect an account" about={about}>
      {isDemo && <ForReal />}
      {error != null && <ErrorNotice error={error} />}
      {all.some(({ isLoading }) => isLoading) ? <Loading /> : <Steps of={stepsOf(reads, me.may)} />}
    </Page>
  )
}

function ForReal(): ReactElement {
  return (
    <div className="connect-real">
      <Notice tone="run">
        The demo's data is deleted when it ends. For your own account, press Ctrl-C and run{' '}
        <code>npm run rollcall -- start</code>: the service with your own data folder, empty at first. It
        prints its address and where to find the one-time password. You'll find this page there, too.
      </Notice>
    </div>
  )
}

const marks: Readonly<Record<StepProgress['state'], { tone: Tone; icon?: IconName; word: string }>> = {
  done: { tone: 'ok', word: 'Done' },
  next: { tone: 'run', icon: 'right', word: 'Next' },
  later: { tone: 'plain', icon: 'clock', word: 'Later' },
  'not shown': { tone: 'plain', icon: 'dot', word: 'Not shown to you' },
}

function Steps({ of: steps }: { readonly of: readonly Step[] }): ReactElement {
  return (
    <ol className="connect">
      {steps.map(({ progress: { step, state, mayDo }, shown: { title, found, to, children } }, index) => (
        <li key={step} aria-current={state === 'next' ? 'step' : undefined}>
          <div className="connect-head">
            <h2>
              {index + 1}. {title}
            </h2>
            <Mark tone={marks[state].tone} icon={marks[state].icon}>
              {marks[state].word}
            </Mark>
          </div>
          {children}
          <p className="connect-foot">
            {state === 'done' && <span className="dim">{found}</span>}
            {mayDo
              ? to
              : state !== 'done' && (
                  <span className="dim">Your policies do not include this step. Ask an operator.</span>
                )}
          </p>
        </li>
      ))}
    </ol>
  )
}

interface Named {
  readonly id: string
  readonly name: string
}

type Reads = {
  readonly [Name in 'credentials' | 'destinations' | 'sources' | 'queries' | 'orchestrations']: {
    readonly data:
      | {
          readonly items: readonly (Named & {
            readonly active?: unknown
            readonly list?: { members: number } | null
          })[]
          readonly hidden?: number
        }
      | undefined
  }
}

function stepsOf(reads: Reads, may: (permission: string) => boolean): readonly Step[] {
  const items = (name: keyof Reads) => reads[name].data?.items ?? []
  const sources = items('sources')
  const [orchestration] = items('orchestrations')
  const sees = (name: keyof Reads, permission: string, thing: Named | undefined): Sees => ({
    maySee: may(permission),
    name: thing?.name ?? null,
    hidden: reads[name].data?.hidden ?? 0,
  })
  const seen = {
    credential: sees('credentials', 'credential:view', items('credentials')[0]),
    destination: sees('destinations', 'destination:view', items('destinations')[0]),
    query: sees(
      'queries',
      'query:view',
      items('queries').find(({ active }) => active != null),
    ),
    orchestration: sees(
      'orchestrations',
      'orchestration:view',
      items('orchestrations').find(({ list }) => (list?.members ?? 0) > 0),
    ),
  }
  const shown: Readonly<Record<StepName, Step['shown']>> = {
    pinterest: {
      title: 'An app at Pinterest and a refresh token',
      found: 'Stored in a credential.',
      to: null,
      children: <AtPinterest />,
    },
    credential: {
      title: 'Credential',
      found: foundText(seen.credential, 'is set up', 'There is one, since there is a destination.'),
      to: (
        <Link to="/settings/$tab" params={{ tab: 'credentials' }} search={{ dialog: 'new' }}>
          Add credential
        </Link>
      ),
      children: (
        <p>
          The app's id and secret, and the refresh token. Rollcall stores them encrypted and never shows them
          again. It renews the token before it expires.
        </p>
      ),
    },
    destination: {
      title: 'Destination',
      found: foundText(seen.destination, 'is set up', hiddenText('destination', seen.destination.hidden)),
      to: (
        <Link to="/destinations" search={{ dialog: 'new' }}>
          New destination
        </Link>
      ),
      children: (
        <p>
          The ad account that lists are sent to. When you save it, Rollcall checks the token, the ad account
          and the role ({ROLE}) with Pinterest and shows any problem.
        </p>
      ),
    },
    query: {
      title: 'Data source and active query',
      found: foundText(seen.query, 'is active', null),
      to: (
        <>
          {may('data_source:edit') && (
            <Link to="/settings/$tab" params={{ tab: 'data-sources' }} search={{ dialog: 'new' }}>
              Add data source
            </Link>
          )}
          {sources.length > 0 && (
            <Link to="/queries" search={{ dialog: 'new' }}>
              New query
            </Link>
          )}
          {sources.length === 0 && !may('data_source:edit') && (
            <span className="dim">An operator adds the data source first.</span>
          )}
        </>
      ),
      children: (
        <p>
          A folder of files, or PostgreSQL; then SQL that returns plain e-mail addresses, which are hashed
          before they are sent. Look at its result, then activate it.
          {seen.query.name === null &&
            sources.length > 0 &&
            ` There ${sources.length === 1 ? 'is' : 'are'} ${counted(sources.length, 'data source')}.`}
        </p>
      ),
    },
    orchestration: {
      title: 'Orchestration, with a sample first',
      found: foundText(seen.orchestration, 'has been sent', null),
      to: (
        <>
          <Link to="/orchestrations" search={{ dialog: 'new' }}>
            New orchestration
          </Link>
          {orchestration !== undefined && seen.orchestration.name === null && (
            <Link to="/orchestrations/$id" params={{ id: orchestration.id }}>
              Open {orchestration.name}
            </Link>
          )}
        </>
      ),
      children: (
        <p>
          The query, the destination and the name of the customer list. Send a sample first: a few members to
          a separate list that you check in Pinterest. Then run it by hand or on a schedule.
          {seen.orchestration.name === null &&
            seen.orchestration.hidden > 0 &&
            ` ${hiddenText('orchestration', seen.orchestration.hidden)}`}
        </p>
      ),
    },
  }
  return stepProgress(seen, may).map((progress) => ({ progress, shown: shown[progress.step] }))
}

function foundText({ name }: Sees, state: string, otherwise: string | null): string | null {
  return name === null ? otherwise : `${name} ${state}.`
}

const AUTHORIZE =
  'https://www.pinterest.com/oauth/?response_type=code&scope=ads:read,ads:write&redirect_uri=http://localhost/&client_id=APP_ID'
const EXCHANGE =
  'curl -u APP_ID https://api.pinterest.com/v5/oauth/token -d grant_type=authorization_code -d redirect_uri=http://localhost/ -d code=CODE'

function AtPinterest(): ReactElement {
  return (
    <ol className="connect-how">
      <li>
        At <ServerLink to="https://developers.pinterest.com/apps/">developers.pinterest.com</ServerLink>,
        connect an app and give it the redirect URI <code>http://localhost/</code>. Note its id and secret.
      </li>
      <li>
        As a Pinterest user with {ROLE} in the ad account, open this address with your app's id, and approve.
        It asks for the scopes <code>ads:read</code> and <code>ads:write</code>.
        <code className="command">{AUTHORIZE}</code>
      </li>
      <li>
        The next page won't load. Copy the code from its address, after <code>code=</code>. Exchange that code
        for tokens; curl asks for the app's secret. Keep the <code>refresh_token</code> of the answer.
        <code className="command">{EXCHANGE}</code>
        <span className="dim small">
          An app made before 25 September 2025 needs <code>-d continuous_refresh=true</code> as well.
        </span>
      </li>
    </ol>
  )
}
