import { Drawer, Modal } from '@mantine/core'
import { useEffect, useState } from 'react'
import type { ReactElement, ReactNode } from 'react'
import { focusMain } from './focus-main.ts'

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
  return (
    <Modal.Root
      opened
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
        <Modal.Body>{props.children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  )
}

export function SidePanel(props: DialogProps & { readonly side: 'left' | 'right' }): ReactElement {
  useFocusBack()
  return (
    <Drawer.Root
      opened
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
