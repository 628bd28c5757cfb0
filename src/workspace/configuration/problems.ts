import { isRollcallError, RollcallError } from '../../base/rollcall-error.ts'
import { nearestName } from '../../base/nearest.ts'

/** All problems of a document are reported at once, each with its place. */

export interface Problem {
  /** Such as `['queries', 2, 'dataSource']`. */
  readonly path: readonly (string | number)[]
  readonly text: string
}

const PROBLEMS_SHOWN = 20
const NAME_CHARS_SHOWN = 60

/** Error for a person; no problem quotes a value that could be a secret. */
export function refusal(document: unknown, problems: readonly Problem[]): RollcallError {
  const lines = problems
    .slice(0, PROBLEMS_SHOWN)
    .map(({ path, text }) => `\n  ${placeOf(document, path)}: ${text}`)
  const rest = problems.length - lines.length
  const more = rest > 0 ? `\n  … and ${rest} more` : ''
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`
  return new RollcallError('request_invalid', {
    detail: `the configuration has ${count}, so nothing was changed:${lines.join('')}${more}`,
  })
}

/** The problem that a check of a value tells, at its place. */
export function problemOf(path: Problem['path'], check: () => unknown): Problem[] {
  try {
    check()
    return []
  } catch (error) {
    if (!isRollcallError(error) || typeof error.data['detail'] !== 'string') throw error
    return [{ path, text: error.data['detail'] }]
  }
}

/** A name of the document, fit for a terminal. */
export function quoted(name: string): string {
  const cut = name.length > NAME_CHARS_SHOWN ? `${name.slice(0, NAME_CHARS_SHOWN)}…` : name
  return `"${cut.toWellFormed().replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ')}"`
}

/** ` Did you mean "x"?`, or nothing when no known name is near. */
export function meant(typed: string, known: readonly string[]): string {
  const near = nearestName(typed.slice(0, NAME_CHARS_SHOWN), known)
  return near === null ? '' : ` Did you mean ${quoted(near)}?`
}

/** `queries[2].dataSource (of "Loyal customers")`. */
function placeOf(document: unknown, path: Problem['path']): string {
  const [section, index] = path
  if (section === undefined) return 'the document'
  const text = path
    .map((part, at) => (typeof part === 'number' ? `[${part}]` : `${at === 0 ? '' : '.'}${part}`))
    .join('')
  const list = Object(document) as Record<string, unknown>
  const items = Object(list[String(section)]) as Record<string, unknown>
  const { name } = Object(items[String(index)]) as { name?: unknown }
  const isNamed = typeof name === 'string' && path.at(-1) !== 'name'
  return isNamed ? `${text} (of ${quoted(name)})` : text
}
