import { Link, useRouterState } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useMe } from '../api/me.ts'
import { Icon } from '../ui/icon.tsx'
import type { IconName } from '../ui/icon.tsx'

interface Entry {
  readonly to: '/' | '/destinations' | '/queries' | '/orchestrations' | '/workflows' | '/settings'
  readonly word: string
  readonly icon: IconName
  /** Who may not view it does not see it. */
  readonly needs: string | null
}

const entries: readonly Entry[] = [
  { to: '/', word: 'Overview', icon: 'overview', needs: null },
  { to: '/destinations', word: 'Destinations', icon: 'destinations', needs: 'destination:view' },
  { to: '/queries', word: 'Queries', icon: 'queries', needs: 'query:view' },
  { to: '/orchestrations', word: 'Orchestrations', icon: 'orchestrations', needs: 'orchestration:view' },
  { to: '/workflows', word: 'Workflows', icon: 'workflows', needs: 'workflow:view' },
  { to: '/settings', word: 'Settings', icon: 'settings', needs: null },
]

export function Navigation(): ReactElement {
  const me = useMe()
  // Lists are found on the overview.
  const isInList = useRouterState({ select: ({ location }) => location.pathname.startsWith('/lists/') })
  return (
    <nav aria-label="Main">
      <ul className="nav">
        {entries
          .filter(({ needs }) => needs === null || me.may(needs))
          .map(({ to, word, icon }) => (
            <li key={to}>
              <Link
                to={to}
                className={to === '/' && isInList ? 'within' : ''}
                activeOptions={{ exact: to === '/', includeSearch: false }}
              >
                <Icon name={icon} /> {word}
              </Link>
            </li>
          ))}
      </ul>
    </nav>
  )
}
