import { Link, useRouter } from '@tanstack/react-router'
import type { ErrorComponentProps } from '@tanstack/react-router'
import { Button } from '@mantine/core'
import { useEffect } from 'react'
import type { ReactElement } from 'react'
import { ApiError } from '../api/call.ts'
import { isServerThere, ServerGone } from '../lazy-page.ts'
import { ErrorNotice, Notice } from '../ui/notices.tsx'
import { Page } from '../ui/page.tsx'

/** What stands in place of a page that cannot be shown. */

export function PageFailed({ error }: ErrorComponentProps): ReactElement {
  const router = useRouter()
  const retry = (): void => void router.invalidate()
  if (error instanceof ApiError) return <ErrorNotice error={error} onRetry={retry} />
  if (error instanceof ServerGone) return <Waiting />
  return (
    <Notice
      tone="bad"
      action={
        <Button variant="default" size="xs" onClick={() => globalThis.location.reload()}>
          Load again
        </Button>
      }
    >
      {isOfLoading(error) ? (
        <p>This page could not be loaded. The server has been updated. Load it again.</p>
      ) : (
        <>
          <p>This page could not be shown: {error instanceof Error ? error.message : String(error)}</p>
          <p className="dim small">This is a defect of Rollcall. Loading the page again may help.</p>
        </>
      )}
    </Notice>
  )
}

const LOOK_EVERY_MS = 2_000

/** The page is loaded once the server answers again; leaving it stops the waiting. */
function Waiting(): ReactElement {
  useEffect(() => {
    const timer = setInterval(() => {
      void isServerThere().then((isThere) => isThere && globalThis.location.reload())
    }, LOOK_EVERY_MS)
    return () => clearInterval(timer)
  }, [])
  return <Notice tone="warn">This page appears as soon as the server can be reached again.</Notice>
}

/** Whether a part of the console could not be had, as each kind of browser says it. */
function isOfLoading(error: unknown): boolean {
  return /dynamically imported module|importing a module script/i.test(String(error))
}

export function PageNotFound(): ReactElement {
  return (
    <Page title="Not found">
      <p>
        There is no such page. <Link to="/">Overview</Link> shows every list.
      </p>
    </Page>
  )
}
