import { counted } from '../../format/number.ts'
import type { Query } from './query-status.tsx'

/** The orchestrations of a query that a person may not see, in a sentence. */
export function hiddenWords({ orchestrations, hiddenOrchestrations: hidden }: Query): string {
  const more = orchestrations.length > 0 ? ' more' : ''
  const [verb, it] = hidden === 1 ? ['sends', 'its destination'] : ['send', 'their destinations']
  return `${counted(hidden, 'orchestration')}${more} ${verb} from this query. Your access does not include ${it}.`
}
