import { lazyRouteComponent, Link, useParams } from '@tanstack/react-router'
import { Suspense } from 'react'
import type { ComponentType, ReactElement } from 'react'
import { useMe } from '../../api/me.ts'
import { Empty, Loading } from '../../ui/notices.tsx'
import { Page } from '../../ui/page.tsx'
import { CredentialItem } from './credentials/credential-item.tsx'
import { CredentialsTab } from './credentials/credentials-tab.tsx'
import { DataSourceItem } from './data-source-item.tsx'
import { DataSourcesTab } from './data-sources-tab.tsx'
import { ProfileTab } from './profile-tab.tsx'

/** Settings, a tab each. A tab appears for who may view it, and is loaded when it is first opened. */

interface Tab {
  readonly tab: string
  readonly word: string
  readonly needs: string | null
  readonly list?: ComponentType
  readonly item?: ComponentType<{ readonly id: string }>
}

const tabs: readonly Tab[] = [
  {
    tab: 'credentials',
    word: 'Credentials',
    needs: 'credential:view',
    list: CredentialsTab,
    item: CredentialItem,
  },
  {
    tab: 'data-sources',
    word: 'Data sources',
    needs: 'data_source:view',
    list: DataSourcesTab,
    item: DataSourceItem,
  },
  {
    tab: 'users',
    word: 'Users and policies',
    needs: 'user:administer',
    list: lazyRouteComponent(() => import('./users/users-tab.tsx'), 'UsersTab'),
    item: lazyRouteComponent(() => import('./users/user-item.tsx'), 'UserItem'),
  },
  {
    tab: 'api-keys',
    word: 'API keys',
    needs: 'api_key:administer',
    list: lazyRouteComponent(() => import('./api-keys/api-keys-tab.tsx'), 'ApiKeysTab'),
    item: lazyRouteComponent(() => import('./api-keys/api-key-item.tsx'), 'ApiKeyItem'),
  },
  { tab: 'activity', word: 'Activity log', needs: 'activity:view' },
  { tab: 'alerts', word: 'Alerts', needs: 'alert:view' },
  { tab: 'profile', word: 'Profile', needs: null, list: ProfileTab },
]

export function SettingsPage(): ReactElement {
  const { tab } = useParams({ from: '/shell/settings/$tab' })
  const List = tabs.find((one) => one.tab === tab)?.list
  return <Frame tab={tab}>{List === undefined ? <NotHere /> : <List />}</Frame>
}

export function SettingsItemPage(): ReactElement {
  const { tab, id } = useParams({ from: '/shell/settings/$tab/$id' })
  const One = tabs.find((one) => one.tab === tab)?.item
  return <Frame tab={tab}>{One === undefined ? <NotHere /> : <One id={id} />}</Frame>
}

function Frame(props: { readonly tab: string; readonly children: ReactElement }): ReactElement {
  const me = useMe()
  const shown = tabs.filter(({ needs }) => needs === null || me.may(needs))
  return (
    <Page title="Settings">
      <nav className="tab-links" aria-label="Settings">
        {shown.map(({ tab, word }) => (
          <Link key={tab} to="/settings/$tab" params={{ tab }} activeOptions={{ includeSearch: false }}>
            {word}
          </Link>
        ))}
      </nav>
      <Suspense fallback={<Loading />}>{props.children}</Suspense>
    </Page>
  )
}

/** For parts whose page does not exist yet. */
function NotHere(): ReactElement {
  return (
    <Empty title="This part of the console does not exist yet.">
      The command line and the API do all of it; <a href="/api/docs">the API's page</a> says how.
    </Empty>
  )
}
