import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { title } from '../../format/words.ts'
import { StateMark } from '../../ui/mark.tsx'
import { Notice } from '../../ui/notices.tsx'
import type { Workflow } from './workflow.ts'

/** What took the place of a workflow, so that there is nothing to resolve in it any more. */
export function FollowedBy({ workflow }: { readonly workflow: Workflow }): ReactElement | null {
  const { followedBy, resolvedWith } = workflow
  if (followedBy === null) return null
  return (
    <Notice tone="plain">
      <p className="row">
        {resolvedWith === null
          ? 'A newer workflow took its place:'
          : `Resolved with “${title(resolvedWith)}”. A newer workflow took its place:`}
        <Link to="/workflows/$id" params={followedBy}>
          View the newer workflow
        </Link>
        <StateMark state={followedBy.state} />
      </p>
    </Notice>
  )
}
