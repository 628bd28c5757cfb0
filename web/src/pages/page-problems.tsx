import { Link, useRouter } from '@tanstack/react-router'
import type { ErrorComponentProps } from '@tanstack/react-router'
import { Button } from '@mantine/core'
import { useEffect } from 'react'
import type { ReactElement, ReactNode } from 'react'
import { ApiError } from '../api/call.ts'
import { isServerThere, ServerGone } from '../lazy-page.ts'
import { Answered, ErrorNotice, Notice } from '../ui/notices.tsx'
import { Page } from '../ui/page.tsx'

/** What stands in place of a page that cannot be shown. */

export function PageFailed({ error }: ErrorComponentProps): ReactElement {
  const router = useRouter()
  const retry = (): void => void router.invalidate()
  if (error instanceof ApiError)
    return (
      <Page title={titleOf(error)}>
        <ErrorNotice error={error} onRetry={retry} />
      </Page>
    )
  if (error instanceof ServerGone) return <Waiting />
  return (
    <Page title={NOT_SHOWN}>
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
    </Page>
  )
}

const NOT_SHOWN = 'Page not available'

/** What a page is called when the thing that it is about cannot be read. */
function titleOf({ code }: ApiError): string {
  if (code === 'access_denied') return 'Access denied'
  return code.endsWith('not_found') ? 'Not found' : NOT_SHOWN
}

/** A whole page of a thing: while it is loaded, and when there is only an error to show, its heading says so. */
export function AnsweredPage<T>(props: Parameters<typeof Answered<T>>[0]): ReactNode {
  const { data, error } = props.of
  if (data !== undefined) return <Answered {...props} />
  if (error === null || error.code === 'not_signed_in') return <LoadingPage />
  return (
    <Page title={titleOf(error)}>
      <Answered {...props} />
    </Page>
  )
}

/** A page that is on its way. No page is without a heading, so that a person who goes from one to the next hears where they are. */
export function LoadingPage(): ReactElement {
  return (
    <div className="page-head">
      <h1 className="loading dim">Loading…</h1>
    </div>
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
  return (
    <Page title={NOT_SHOWN}>
      <Notice tone="warn">This page appears as soon as the server can be reached again.</Notice>
    </Page>
  )
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
