import type { ReactElement } from 'react'
import { useMe } from '../../api/me.ts'
import { title } from '../../format/words.ts'
import { Facts } from '../../ui/facts.tsx'

export function ProfileTab(): ReactElement {
  const me = useMe()
  return (
    <Facts
      of={[
        ['Name', me.name],
        ['E-mail address', me.email ?? 'none'],
        ['Policies', me.policies.map(title).join(', ')],
        ['Options', me.options.length === 0 ? 'none' : me.options.map(title).join(', ')],
      ]}
    />
  )
}
