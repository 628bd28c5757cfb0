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

const UNREAD_SHOWN_MAX = 99

function Bell(props: { readonly onClick: () => void; readonly isPaneOpen: boolean }): ReactElement {
  const unread = useRead('notifications.list', { query: { limit: 1 } }).data?.unread ?? 0
  const label = unread === 0 ? 'Notifications' : `Notifications, ${unread} unread`
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
        {unread > 0 && (
          <span className="bell-count">{unread > UNREAD_SHOWN_MAX ? `${UNREAD_SHOWN_MAX}+` : unread}</span>
        )}
      </span>
    </ActionIcon>
  )
}
