import { useLocalStorage, useMediaQuery } from '@mantine/hooks'
import { Outlet, useRouterState } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import type { ReactElement } from 'react'
import { useLive } from '../api/live.ts'
import { useMe } from '../api/me.ts'
import { SidePanel } from '../ui/dialog.tsx'
import { focusMain } from '../ui/focus-main.ts'
import { Notice } from '../ui/notices.tsx'
import { Toasts } from '../ui/toasts.tsx'
import { DemoBanner } from './demo-banner.tsx'
import { Navigation } from './navigation.tsx'
import { Notifications } from './notifications.tsx'
import { SignInAgain } from './sign-in-again.tsx'
import { TopBar } from './top-bar.tsx'
import { useArrivals } from './use-arrivals.ts'

/** What surrounds every page: navigation, top bar and the pane of notifications. */
export function Shell(): ReactElement {
  const me = useMe()
  const { isHeard } = useLive()
  const isWide = useMediaQuery('(min-width: 80em)', false, { getInitialValueInEffect: false })
  const isNarrow = useMediaQuery('(max-width: 48em)', false, { getInitialValueInEffect: false })
  const [isPaneKept, setIsPaneKept] = useLocalStorage({ key: 'notifications', defaultValue: false })
  const [isPaneOver, setIsPaneOver] = useState(false)
  const [isMenuOpen, setIsMenuOpen] = useState(false)
  const seesNotifications = me.may('notification:view')
  const closeOverlays = (): void => {
    setIsPaneOver(false)
    setIsMenuOpen(false)
  }
  useFocusOnNewPage(closeOverlays)
  useArrivals(seesNotifications)
  const isPaneBeside = seesNotifications && isWide && isPaneKept
  return (
    <div className={`shell ${isPaneBeside ? 'with-pane' : ''}`}>
      <a className="skip" href="#main">
        Skip to content
      </a>
      <TopBar
        onMenu={isNarrow ? () => setIsMenuOpen(true) : null}
        onNotifications={
          seesNotifications ? () => (isWide ? setIsPaneKept(!isPaneKept) : setIsPaneOver(true)) : null
        }
        isPaneOpen={isPaneBeside || isPaneOver}
      />
      <Toasts />
      {!isNarrow && (
        <aside className="shell-nav">
          <Navigation />
        </aside>
      )}
      <main id="main" className="shell-main" tabIndex={-1}>
        {!isHeard && (
          <Notice tone="warn">The server cannot be reached. This page reconnects automatically.</Notice>
        )}
        <DemoBanner />
        <Outlet />
      </main>
      {isPaneBeside && (
        <aside className="shell-pane" aria-label="Notifications">
          <Notifications onClose={() => setIsPaneKept(false)} />
        </aside>
      )}
      {isPaneOver && !isPaneBeside && (
        <SidePanel side="right" title="Notifications" onClose={() => setIsPaneOver(false)}>
          <Notifications onClose={null} />
        </SidePanel>
      )}
      {isMenuOpen && isNarrow && (
        <SidePanel side="left" title="Rollcall" onClose={() => setIsMenuOpen(false)}>
          <Navigation />
        </SidePanel>
      )}
      <SignInAgain />
    </div>
  )
}

/** A new page takes the focus, so that the keyboard and readers of the page begin at its start. */
function useFocusOnNewPage(onNewPage: () => void): void {
  const path = useRouterState({ select: ({ resolvedLocation }) => resolvedLocation?.pathname })
  const shown = useRef(path)
  useEffect(() => {
    if (path === shown.current) return
    const isFirst = shown.current === undefined
    shown.current = path
    if (isFirst) return
    onNewPage()
    focusMain()
  })
}
