import type { ReactElement } from 'react'
import type { Answer } from '../../api/call.ts'
import { title } from '../../format/words.ts'
import type { IconName } from '../../ui/icon.tsx'
import { Mark } from '../../ui/mark.tsx'
import type { Tone } from '../../ui/mark.tsx'

export type Query = Answer<'queries.get'>

const marks: Readonly<Record<Query['status'], { readonly tone: Tone; readonly icon?: IconName }>> = {
  draft: { tone: 'plain', icon: 'edit' },
  activated: { tone: 'ok' },
  running: { tone: 'run' },
  completed: { tone: 'ok' },
  inactive: { tone: 'plain', icon: 'pause' },
  error: { tone: 'bad' },
}

/** Where a query stands. */
export function QueryStatus({ status }: { readonly status: Query['status'] }): ReactElement {
  const { tone, icon } = marks[status]
  return (
    <Mark tone={tone} icon={icon}>
      {title(status)}
    </Mark>
  )
}
