import { Drawer, Modal } from '@mantine/core'
import { useEffect, useEffectEvent, useState } from 'react'
import type { ReactElement, ReactNode } from 'react'
import { focusMain } from './focus-main.ts'
import { giveFirstFocus } from './first-focus.ts'

/**
 * Dialogs, in the middle or from a side. Their head is no `header` element as in Mantine's own, since a page has one of those for
 * its top bar. Show one by rendering it.
 */

interface DialogProps {
  readonly title: string
  readonly onClose: () => void
  readonly children: ReactNode
}

export function Dialog(
  props: DialogProps & {
    readonly size?: 'md' | 'lg' | 'xl'
    /** A click beside it does not close it. */
    readonly isKept?: boolean
  },
): ReactElement {
  useFocusBack()
  useEscape(props.onClose)
  return (
    <Modal.Root
      opened
      closeOnEscape={false}
      onClose={props.onClose}
      size={props.size ?? 'md'}
      closeOnClickOutside={props.isKept !== true}
    >
      <Modal.Overlay />
      <Modal.Content>
        <div className="dialog-head">
          <Modal.Title>{props.title}</Modal.Title>
          <Modal.CloseButton aria-label="Close" />
        </div>
        <Modal.Body ref={giveFirstFocus}>{props.children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  )
}

export function SidePanel(props: DialogProps & { readonly side: 'left' | 'right' }): ReactElement {
  useFocusBack()
  useEscape(props.onClose)
  return (
    <Drawer.Root
      opened
      closeOnEscape={false}
      onClose={props.onClose}
      position={props.side}
      size={props.side === 'left' ? 260 : 380}
    >
      <Drawer.Overlay />
      <Drawer.Content>
        <div className="dialog-head">
          <Drawer.Title>{props.title}</Drawer.Title>
          <Drawer.CloseButton aria-label="Close" />
        </div>
        <Drawer.Body>{props.children}</Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  )
}

/** The last one is on top. */
const shown: { readonly close: () => void }[] = []

function onKey({ key, isComposing, target }: KeyboardEvent): void {
  // An open list of options in the dialog closes first.
  const isTaken = target instanceof Element && target.getAttribute('data-mantine-stop-propagation') === 'true'
  if (key === 'Escape' && !isComposing && !isTaken) shown.at(-1)?.close()
}

/** Escape closes the dialog that is on top and none below it, which Mantine's own dialogs would do. */
function useEscape(onClose: () => void): void {
  const close = useEffectEvent(onClose)
  useEffect(() => {
    const one = { close: () => close() }
    if (shown.length === 0) addEventListener('keydown', onKey, { capture: true })
    shown.push(one)
    return () => {
      shown.splice(shown.indexOf(one), 1)
      if (shown.length === 0) removeEventListener('keydown', onKey, { capture: true })
    }
  }, [])
}

/** When a dialog goes, the focus returns to what opened it, or to the page when that is gone. */
function useFocusBack(): void {
  const [opener] = useState(() => document.activeElement)
  useEffect(
    () => () => {
      if (opener instanceof HTMLElement && opener.isConnected && opener !== document.body) opener.focus()
      else focusMain()
    },
    [opener],
  )
}
