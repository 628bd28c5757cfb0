import { ActionIcon } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useRead } from '../api/hooks.ts'
import { Icon } from '../ui/icon.tsx'
import { AccountMenu } from './account-menu.tsx'
import { SearchBox } from './search-box.tsx'

export function TopBar(props: {
  /** Null while the navigation is beside the page. */
  readonly onMenu: (() => void) | null
  /** Null for who may not see notifications. */
  readonly onNotifications: (() => void) | null
  readonly isPaneOpen: boolean
}): ReactElement {
  return (
    <header className="shell-top">
      {props.onMenu !== null && (
        <ActionIcon variant="subtle" size="lg" aria-label="Menu" onClick={props.onMenu}>
          <Icon name="menu" />
        </ActionIcon>
      )}
      <Link to="/" className="brand">
        <img src="/icon.svg" alt="" width="24" height="24" /> <span className="brand-name">Rollcall</span>
      </Link>
      <SearchBox />
      <div className="top-end">
        {props.onNotifications !== null && (
          <Bell onClick={props.onNotifications} isPaneOpen={props.isPaneOpen} />
        )}
        <AccountMenu />
      </div>
    </header>
  )
}

const WANTING_SHOWN_MAX = 99

function Bell(props: { readonly onClick: () => void; readonly isPaneOpen: boolean }): ReactElement {
  const wanting = useRead('notifications.list', { query: { limit: 1 } }).data?.wanting ?? 0
  const need = wanting === 1 ? 'needs' : 'need'
  const label = wanting === 0 ? 'Notifications' : `Notifications, ${wanting} ${need} attention`
  return (
    <ActionIcon
      variant="subtle"
      size="lg"
      aria-label={label}
      className="bell-button"
      aria-expanded={props.isPaneOpen}
      onClick={props.onClick}
    >
      <span className="bell">
        <Icon name="bell" />
        {wanting > 0 && (
          <span className="bell-count">
            {wanting > WANTING_SHOWN_MAX ? `${WANTING_SHOWN_MAX}+` : wanting}
          </span>
        )}
      </span>
    </ActionIcon>
  )
}
