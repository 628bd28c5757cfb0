import { errorCatalogue } from '../base/catalogue.ts'
import type { ErrorCode } from '../base/catalogue.ts'
import type { StoredProblem } from '../base/workflow-states.ts'

/**
 * Errors and lines of the run log may name files, hosts and queries. People who may not see data sources or queries read them without
 * these names.
 */

export interface SeenKinds {
  readonly sources: boolean
  readonly queries: boolean
}

/** Codes whose detail tells where rows are read, and what stands there. */
const OF_SOURCES = [
  'missing_email_column',
  'source_not_found',
  'source_damaged',
  'source_refused',
  'query_failed',
] as const satisfies readonly ErrorCode[]

const HIDDEN = 'the reason is hidden because your policies do not include data sources.'

/** The problem as these kinds let a person read it; its code stays. */
export function seenProblem({ code, data }: StoredProblem, { sources, queries }: SeenKinds): StoredProblem {
  const isOfSource = OF_SOURCES.some((one) => one === code)
  const { query, ...rest } = data
  return {
    code,
    data: {
      ...rest,
      ...(queries && query !== undefined ? { query } : {}),
      ...(isOfSource && !sources ? { detail: HIDDEN } : {}),
    },
  }
}

/** "Source not found:" and the like, after which a text tells the detail. */
const HEADS = OF_SOURCES.map((code) => errorCatalogue[code].message.replace(/ \{detail\}$/, ''))
const OF_SOURCE = new RegExp(`(${HEADS.join('|')}) .*`, 's')
/** A name may hold quotation marks. */
const QUERY_NAME = /\bquery ".*" (?=returned|is a draft)/s

/** A text that was made of such a problem, or a line of the run log, as `seenProblem` has it. */
export function seenText(text: string, { sources, queries }: SeenKinds): string {
  const withoutSource = sources
    ? text
    : text.replace(OF_SOURCE, `$1 ${HIDDEN}`).replace(/^Reading .*/s, 'Reading the data source')
  return queries ? withoutSource : withoutSource.replace(QUERY_NAME, 'the query ')
}
