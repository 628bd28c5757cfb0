import { Button } from '@mantine/core'
import { useBlocker, useRouterState } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import type { FormEvent, ReactElement, ReactNode } from 'react'
import type { ApiError } from '../api/call.ts'
import { Confirm } from './confirm.tsx'
import { Dialog } from './dialog.tsx'
import { ErrorNotice } from './notices.tsx'
import { useUnsaved } from './unsaved.ts'

/**
 * A dialog that adds or edits something. What the server refuses is said in it, and what was typed stays. It closes by its
 * buttons, Escape and the way back alone, and asks first when something typed would be lost.
 */
export function FormDialog(props: {
  readonly title: string
  /** What the button says, such as "Save". */
  readonly verb: string
  readonly size?: 'md' | 'lg' | 'xl'
  readonly isDirty: boolean
  readonly isSending: boolean
  readonly error: ApiError | null
  /** Said instead of the error's own words, when the form knows more of it. */
  readonly explained?: ReactNode
  readonly onSubmit: () => void
  readonly onClose: () => void
  /** What is lost when what was typed is discarded, if it is not simply all of it. */
  readonly lost?: ReactNode
  /** Beside Cancel, such as the way back to a step before. */
  readonly extraAction?: ReactNode
  readonly children: ReactNode
}): ReactElement {
  const { isDirty, isSending, error, onClose } = props
  const [isAsking, setIsAsking] = useState(false)
  const shownError = useSeen(error)
  useUnsaved(isDirty)
  const back = useBlocker({
    shouldBlockFn: ({ action }) => isDirty && action !== 'PUSH' && action !== 'REPLACE',
    enableBeforeUnload: isDirty,
    withResolver: true,
  })
  // Where it leads once it is saved may load slowly.
  const isLeaving = useRouterState({ select: ({ status }) => status === 'pending' }) && isDirty
  const stay = (): void => {
    setIsAsking(false)
    back.reset?.()
  }
  const leave = (): void => (isDirty ? setIsAsking(true) : onClose())
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (!isSending && !isLeaving) props.onSubmit()
  }
  return (
    <Dialog title={props.title} size={props.size ?? 'lg'} onClose={leave} isKept>
      <form className="stack" onSubmit={submit}>
        {props.children}
        {error !== null && (
          <div ref={shownError} tabIndex={-1} className="form-error">
            {props.explained ?? <ErrorNotice error={error} />}
          </div>
        )}
        <div className="dialog-actions">
          {props.extraAction}
          <Button variant="default" onClick={leave}>
            Cancel
          </Button>
          <Button type="submit" loading={isSending || isLeaving}>
            {props.verb}
          </Button>
        </div>
      </form>
      {(isAsking || back.status === 'blocked') && (
        <Confirm
          title="Discard what you typed?"
          verb="Discard"
          isDestructive
          onClose={stay}
          onConfirm={async () => (back.status === 'blocked' ? back.proceed() : onClose())}
        >
          {props.lost ?? 'Nothing of it was saved.'}
        </Confirm>
      )}
    </Dialog>
  )
}

/** A new error is brought into view and takes the focus, however long the form is. */
function useSeen(error: ApiError | null): React.RefObject<HTMLDivElement | null> {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (error === null) return
    place.current?.scrollIntoView({ block: 'nearest' })
    place.current?.focus({ preventScroll: true })
  }, [error])
  return place
}
