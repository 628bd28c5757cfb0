import { RollcallError } from '../../base/rollcall-error.ts'

export function sourceNotFound(detail: string, cause?: unknown): RollcallError {
  return new RollcallError('source_not_found', { detail }, { cause })
}

/** The file is not whole. `what` goes on after its name and never quotes its content. */
export function damaged(name: string, what: string, cause?: unknown): RollcallError {
  return new RollcallError('source_damaged', { detail: `"${name}" ${what}.` }, { cause })
}

/** Where rows end depends on which line ends count; `line` is the first in doubt. */
export function mixedLineEnds(name: string, line: number): RollcallError {
  return damaged(
    name,
    `has mixed line endings in line ${line.toLocaleString('en-US')}, so it is unclear where its rows end. Save the file again with one kind of line ending`,
  )
}

/** The file is not what it was when reading began. The same run may succeed once no one writes to it. */
export function changedMeanwhile(name: string, what: string): RollcallError {
  return new RollcallError(
    'source_damaged',
    { detail: `"${name}" ${what} while it was being read.` },
    { passing: true },
  )
}

/** The file is there but cannot be understood. `detail` never quotes its content. */
export function badFile(name: string, detail: string): RollcallError {
  return new RollcallError('query_failed', { detail: `"${name}" ${detail}` })
}

export function systemCodeOf(error: unknown): string | undefined {
  const { code } = Object(error) as { code?: unknown }
  return typeof code === 'string' ? code : undefined
}
