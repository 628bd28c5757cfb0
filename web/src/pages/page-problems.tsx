import { Link, useRouter } from '@tanstack/react-router'
import type { ErrorComponentProps } from '@tanstack/react-router'
import { Button } from '@mantine/core'
import type { ReactElement } from 'react'
import { ApiError } from '../api/call.ts'
import { ErrorNotice, Notice } from '../ui/notices.tsx'
import { Page } from '../ui/page.tsx'

/** What stands in place of a page that cannot be shown. */

export function PageFailed({ error }: ErrorComponentProps): ReactElement {
  const router = useRouter()
  const retry = (): void => void router.invalidate()
  if (error instanceof ApiError) return <ErrorNotice error={error} onRetry={retry} />
  return (
    <Notice
      tone="bad"
      action={
        <Button variant="default" size="xs" onClick={() => globalThis.location.reload()}>
          Load again
        </Button>
      }
    >
      <p>This page could not be shown: {error instanceof Error ? error.message : String(error)}</p>
      <p className="dim small">
        Loading it again helps when the server was updated meanwhile. Otherwise it is a defect of Rollcall.
      </p>
    </Notice>
  )
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
