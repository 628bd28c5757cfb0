import { Button } from '@mantine/core'
import { useState } from 'react'
import type { ReactElement, ReactNode } from 'react'
import type { ApiError } from '../api/call.ts'
import { Dialog } from './dialog.tsx'
import { ErrorNotice } from './notices.tsx'

/** Asks before something that cannot be undone. What fails is said in the dialog, which stays. */
export function Confirm(props: {
  readonly title: string
  readonly children: ReactNode
  /** The verb, such as "Stop workflow". */
  readonly verb: string
  readonly isDestructive?: boolean
  readonly onClose: () => void
  readonly onConfirm: () => Promise<unknown>
}): ReactElement {
  const [error, setError] = useState<ApiError | null>(null)
  const [isSending, setIsSending] = useState(false)
  const confirm = async (): Promise<void> => {
    setIsSending(true)
    try {
      await props.onConfirm()
      props.onClose()
    } catch (thrown) {
      setError(thrown as ApiError)
      setIsSending(false)
    }
  }
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      <div className="stack">
        <div>{props.children}</div>
        {error !== null && <ErrorNotice error={error} />}
        <div className="dialog-actions">
          <Button variant="default" onClick={props.onClose}>
            Cancel
          </Button>
          <Button
            loading={isSending}
            onClick={() => void confirm()}
            {...(props.isDestructive === true ? { className: 'danger' } : {})}
          >
            {props.verb}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
