import { RollcallError } from '../../base/rollcall-error.ts'

export function sourceNotFound(detail: string): RollcallError {
  return new RollcallError('source_not_found', { detail })
}

/** The file is there but cannot be understood. `detail` never quotes its content. */
export function badFile(name: string, detail: string): RollcallError {
  return new RollcallError('query_failed', { detail: `"${name}" ${detail}` })
}

export function systemCodeOf(error: unknown): string | undefined {
  const { code } = Object(error) as { code?: unknown }
  return typeof code === 'string' ? code : undefined
}
