import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { count, counted } from '../../format/number.ts'
import type { Query } from './query-status.tsx'

/** So many names are taken in at a glance. */
const NAMES_SHOWN_MAX = 10

type Users = Pick<Query, 'orchestrations' | 'hiddenOrchestrations'>

/** The orchestrations that send from a query: those that one may see by name, and how many others there are. */
export function UsedBy({ query }: { readonly query: Users }): ReactElement {
  const { orchestrations, hiddenOrchestrations } = query
  const more = orchestrations.length - NAMES_SHOWN_MAX
  return (
    <>
      {orchestrations.length > 0 && (
        <ul>
          {orchestrations.slice(0, NAMES_SHOWN_MAX).map(({ id, name }) => (
            <li key={id}>
              <Link to="/orchestrations/$id" params={{ id }}>
                {name}
              </Link>
            </li>
          ))}
          {more > 0 && <li className="dim">and {count(more)} more</li>}
        </ul>
      )}
      {hiddenOrchestrations > 0 && <p className="dim">{hiddenWords(query)}</p>}
    </>
  )
}

export function isUsed({ orchestrations, hiddenOrchestrations }: Users): boolean {
  return orchestrations.length + hiddenOrchestrations > 0
}

function hiddenWords({ orchestrations, hiddenOrchestrations: hidden }: Users): string {
  const noun = orchestrations.length > 0 ? 'more orchestration' : 'orchestration'
  const [verb, it] = hidden === 1 ? ['sends', 'its destination'] : ['send', 'their destinations']
  return `${counted(hidden, noun)} ${verb} from this query. Your access does not include ${it}.`
}
