import { Link, Navigate, useParams } from '@tanstack/react-router'
import { lazyPage } from '../../lazy-page.ts'
import { Suspense } from 'react'
import type { ComponentType, ReactElement } from 'react'
import { useMe } from '../../api/me.ts'
import { Empty, Loading } from '../../ui/notices.tsx'
import { Page } from '../../ui/page.tsx'
import { PageNotFound } from '../page-problems.tsx'

/** Settings, a tab each, which is loaded when it is first opened. A tab appears for who may view it. */

interface Tab {
  readonly tab: string
  readonly word: string
  readonly needs: string | null
  readonly list: ComponentType
  readonly item?: ComponentType<{ readonly id: string }>
}

const tabs: readonly Tab[] = [
  {
    tab: 'credentials',
    word: 'Credentials',
    needs: 'credential:view',
    list: lazyPage(() => import('./credentials/credentials-tab.tsx'), 'CredentialsTab'),
    item: lazyPage(() => import('./credentials/credential-item.tsx'), 'CredentialItem'),
  },
  {
    tab: 'data-sources',
    word: 'Data sources',
    needs: 'data_source:view',
    list: lazyPage(() => import('./data-sources-tab.tsx'), 'DataSourcesTab'),
    item: lazyPage(() => import('./data-source-item.tsx'), 'DataSourceItem'),
  },
  {
    tab: 'users',
    word: 'Users and policies',
    needs: 'user:administer',
    list: lazyPage(() => import('./users/users-tab.tsx'), 'UsersTab'),
    item: lazyPage(() => import('./users/user-item.tsx'), 'UserItem'),
  },
  {
    tab: 'api-keys',
    word: 'API keys',
    needs: 'api_key:administer',
    list: lazyPage(() => import('./api-keys/api-keys-tab.tsx'), 'ApiKeysTab'),
    item: lazyPage(() => import('./api-keys/api-key-item.tsx'), 'ApiKeyItem'),
  },
  {
    tab: 'activity',
    word: 'Activity log',
    needs: 'activity:view',
    list: lazyPage(() => import('./activity/activity-tab.tsx'), 'ActivityTab'),
  },
  {
    tab: 'alerts',
    word: 'Alerts',
    needs: 'alert:view',
    list: lazyPage(() => import('./alerts/alerts-tab.tsx'), 'AlertsTab'),
    item: lazyPage(() => import('./alerts/alert-item.tsx'), 'AlertItem'),
  },
  {
    tab: 'profile',
    word: 'Profile',
    needs: null,
    list: lazyPage(() => import('./profile/profile-tab.tsx'), 'ProfileTab'),
  },
]

/** The first tab that someone may view. */
export function SettingsStart(): ReactElement {
  const [first] = useShownTabs()
  return <Navigate to="/settings/$tab" params={{ tab: first?.tab ?? 'profile' }} replace />
}

export function SettingsPage(): ReactElement {
  const { tab } = useParams({ from: '/shell/settings/$tab' })
  const List = tabs.find((one) => one.tab === tab)?.list
  if (List === undefined) return <PageNotFound />
  return (
    <Frame tab={tab}>
      <List />
    </Frame>
  )
}

export function SettingsItemPage(): ReactElement {
  const { tab, id } = useParams({ from: '/shell/settings/$tab/$id' })
  const One = tabs.find((one) => one.tab === tab)?.item
  if (One === undefined) return <PageNotFound />
  return (
    <Frame tab={tab}>
      <One id={id} />
    </Frame>
  )
}

function Frame(props: { readonly tab: string; readonly children: ReactElement }): ReactElement {
  const shown = useShownTabs()
  return (
    <Page title="Settings">
      <nav className="tab-links" aria-label="Settings">
        {shown.map(({ tab, word }) => (
          <Link key={tab} to="/settings/$tab" params={{ tab }} activeOptions={{ includeSearch: false }}>
            {word}
          </Link>
        ))}
      </nav>
      {shown.some(({ tab }) => tab === props.tab) ? (
        <Suspense fallback={<Loading />}>{props.children}</Suspense>
      ) : (
        <Empty title="Your policies do not allow this.">Ask an administrator if you need it.</Empty>
      )}
    </Page>
  )
}

function useShownTabs(): readonly Tab[] {
  const me = useMe()
  return tabs.filter(({ needs }) => needs === null || me.may(needs))
}
