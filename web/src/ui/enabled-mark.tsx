import type { ReactElement } from 'react'
import { Mark } from './mark.tsx'

/** Whether an orchestration runs by its schedule. */
export function EnabledMark({ enabled }: { readonly enabled: boolean }): ReactElement {
  return enabled ? (
    <Mark tone="ok">Enabled</Mark>
  ) : (
    <Mark tone="plain" icon="pause">
      Disabled
    </Mark>
  )
}
