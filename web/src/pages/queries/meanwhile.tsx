import { Button } from '@mantine/core'
import type { ReactElement } from 'react'
import { Dialog } from '../../ui/dialog.tsx'
import { Notice } from '../../ui/notices.tsx'
import type { QueryText } from '../../api/operations.ts'
import type { Query } from './query-status.tsx'
import { TextDifference } from './text-difference.tsx'
import { textOf } from './use-draft.ts'

/** It was saved elsewhere while this person typed. */
export function MeanwhileNotice({ onView }: { readonly onView: () => void }): ReactElement {
  return (
    <Notice
      tone="warn"
      action={
        <Button variant="default" size="xs" onClick={onView}>
          View theirs
        </Button>
      }
    >
      <p>This query was saved while you typed, by another person or in another tab.</p>
      <p className="dim small">What you typed is still here and is not saved. Look at theirs, then choose.</p>
    </Notice>
  )
}

/** Their text beside yours, and the choice between both. */
export function MeanwhileDialog(props: {
  readonly theirs: Query
  readonly mine: QueryText
  readonly onTakeTheirs: () => void
  readonly onKeepMine: () => void
  readonly onClose: () => void
}): ReactElement {
  return (
    <Dialog title="Theirs and yours" size="xl" onClose={props.onClose}>
      <div className="stack">
        <p>
          Lines with − are in theirs only, lines with + in yours only. Theirs is saved; when you keep yours,
          saving it replaces theirs.
        </p>
        <TextDifference
          label="Difference of their text and yours"
          before={textOf(props.theirs)}
          after={props.mine}
        />
        <div className="dialog-actions">
          <Button variant="default" onClick={props.onTakeTheirs}>
            Take theirs, drop mine
          </Button>
          <Button onClick={props.onKeepMine}>Keep mine</Button>
        </div>
      </div>
    </Dialog>
  )
}
