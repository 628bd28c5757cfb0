import { RollcallError } from '../base/rollcall-error.ts'
import { capital } from '../base/words.ts'
import type { Settings, SourceType, Typed } from './contract.ts'
import { isSaved } from './from.ts'
import type { From } from './from.ts'
import { sourceTypeOf, sourceTypes, knownSourceType } from './registry.ts'

interface Located {
  readonly type: SourceType
  readonly settings: Settings
}

/** Errors: `wrong_usage` for a mixture and for nothing, `source_not_found` for what no type takes. */
export function locate(from: From, cwd: string): Located {
  if (isSaved(from)) return { type: sourceTypeOf(from.kind), settings: from.settings }
  if (from.length === 0) throw new RollcallError('wrong_usage', { detail: 'Name a source.' })
  const taking = from.map(requireTyped)
  const single = taking.find(({ typed }) => typed.takesMany !== true)
  if (single !== undefined && from.length > 1) {
    const detail = `${capital(single.typed.form)} must be the only source. Remove the others.`
    throw new RollcallError('wrong_usage', { detail })
  }
  const [first] = taking as [TypedType]
  return { type: first.type, settings: first.typed.settings(from, cwd) }
}

/** What anyone may read of where rows come from; nothing where that is not declared. */
export function shownFrom(from: From): readonly string[] {
  if (isSaved(from)) return knownSourceType(from.kind)?.places?.(from.settings) ?? []
  return from.flatMap((text) => {
    const found = typedTypeOf(text)
    return found?.type.places?.(found.typed.settings([text], '/')) ?? ['…']
  })
}

/** "a file, a pattern or a postgres:// address" */
function typedForms(): string {
  const forms = sourceTypes().flatMap(({ typed }) => (typed === undefined ? [] : [typed.form]))
  return [forms.slice(0, -1).join(', '), ...forms.slice(-1)].filter((part) => part !== '').join(' or ')
}

interface TypedType {
  readonly type: SourceType
  readonly typed: Typed
}

function typedTypeOf(text: string): TypedType | null {
  for (const type of sourceTypes()) if (type.typed?.takes(text) === true) return { type, typed: type.typed }
  return null
}

function requireTyped(text: string): TypedType {
  const found = typedTypeOf(text)
  if (found !== null) return found
  const scheme = text.slice(0, text.indexOf(':') + 3)
  const detail = `${scheme} addresses are not supported. A source is ${typedForms()}.`
  throw new RollcallError('source_not_found', { detail })
}
