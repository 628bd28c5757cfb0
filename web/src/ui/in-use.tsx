import { Button } from '@mantine/core'
import type { ReactElement, ReactNode } from 'react'
import { Dialog } from './dialog.tsx'

/** Instead of asking whether to delete something that cannot be deleted yet: what holds it, and what to do first. */
export function InUse(props: {
  /** Such as "destination". */
  readonly noun: string
  readonly children: ReactNode
  readonly onClose: () => void
}): ReactElement {
  return (
    <Dialog title={`This ${props.noun} is in use`} onClose={props.onClose}>
      <div className="stack">
        <div>{props.children}</div>
        <div className="dialog-actions">
          <Button variant="default" onClick={props.onClose}>
            Close
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
