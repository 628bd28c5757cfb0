import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { counted } from '../../format/number.ts'
import type { Query } from './query-status.tsx'

type Users = Pick<Query, 'orchestrations' | 'hiddenOrchestrations'>

/** The orchestrations that send from a query: those that one may see by name, and how many there are besides. */
export function UsedBy({ query }: { readonly query: Users }): ReactElement {
  const { orchestrations, hiddenOrchestrations } = query
  return (
    <>
      {orchestrations.length > 0 && (
        <ul>
          {orchestrations.map(({ id, name }) => (
            <li key={id}>
              <Link to="/orchestrations/$id" params={{ id }}>
                {name}
              </Link>
            </li>
          ))}
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
