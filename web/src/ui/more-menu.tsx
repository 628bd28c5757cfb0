import { ActionIcon, Menu } from '@mantine/core'
import type { ReactElement } from 'react'
import { Icon } from './icon.tsx'

export interface MoreItem {
  readonly word: string
  readonly onClick: () => void
  readonly isDestructive?: boolean
}

/** What is done more rarely than what has a button of its own. Nothing is shown when nothing is allowed. */
export function MoreMenu(props: {
  /** What it is about, for those who do not see the page: "More for Loyal customers". */
  readonly label: string
  readonly items: readonly MoreItem[]
}): ReactElement | null {
  if (props.items.length === 0) return null
  return (
    <Menu position="bottom-end" withinPortal={false} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <ActionIcon variant="default" size={36} aria-label={props.label}>
          <Icon name="more" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {props.items.map(({ word, onClick, isDestructive }) => (
          <Menu.Item key={word} onClick={onClick} className={isDestructive === true ? 'danger-item' : ''}>
            {word}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
