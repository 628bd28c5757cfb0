import { Button } from '@mantine/core'
import { useBlocker } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import type { ReactElement, ReactNode } from 'react'
import { Confirm } from './confirm.tsx'
import { CopyField } from './copy-field.tsx'
import { Dialog } from './dialog.tsx'
import { Notice } from './notices.tsx'

/** Shows a secret that no one can read again. Until it was copied, leaving is asked about first. */
export function SecretOnce(props: {
  readonly title: string
  readonly label: string
  readonly secret: string
  /** Path of the page of what it belongs to, which a reload leads to: the secret is gone then. */
  readonly page: string
  /** What it is for, and what to do with it. */
  readonly children: ReactNode
  readonly onClose: () => void
}): ReactElement {
  const mayLeave = useRef(false)
  const [isAsking, setIsAsking] = useState(false)
  const blocker = useBlocker({
    shouldBlockFn: () => !mayLeave.current,
    enableBeforeUnload: () => !mayLeave.current,
    withResolver: true,
  })
  useReloadAt(props.page)
  const close = (): void => {
    mayLeave.current = true
    props.onClose()
  }
  const leave = (): void => (mayLeave.current ? close() : setIsAsking(true))
  const stay = (): void => {
    setIsAsking(false)
    blocker.reset?.()
  }
  const go = (): void => {
    if (blocker.status !== 'blocked') return close()
    mayLeave.current = true
    return blocker.proceed()
  }
  return (
    <Dialog title={props.title} size="lg" onClose={leave} isKept>
      <div className="stack">
        <Notice tone="warn">
          {props.children}
          <p>If you close or reload this page, it is gone.</p>
        </Notice>
        <CopyField label={props.label} value={props.secret} onCopied={() => (mayLeave.current = true)} />
        <div className="dialog-actions">
          <Button variant="default" onClick={leave}>
            Done
          </Button>
        </div>
      </div>
      {(isAsking || blocker.status === 'blocked') && (
        <Confirm
          title="Close without copying?"
          verb="Close"
          isDestructive
          onClose={stay}
          onConfirm={async () => go()}
        >
          It is shown only once and cannot be looked up later.
        </Confirm>
      )}
    </Dialog>
  )
}

/** Reloading opens this page. The router is not told, since it would take the dialog with the secret away. */
function useReloadAt(page: string): void {
  useEffect(() => {
    History.prototype.replaceState.call(history, history.state, '', page)
  }, [page])
}
