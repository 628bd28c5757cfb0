import { readFile } from 'node:fs/promises'
import { text as textOf } from 'node:stream/consumers'
import { RollcallError } from '../base/rollcall-error.ts'

/** Reading a configuration that a person wrote. */

type Environment = Readonly<Record<string, string | undefined>>

/** What the file holds, with the secrets it refers to; `-` is standard input. Errors: `wrong_usage`, `request_invalid`. */
export async function readConfiguration(file: string, env: Environment): Promise<object> {
  const { readText } = await import('../workspace/configuration/text.ts')
  const document = await readText(file === '-' ? await textOf(process.stdin) : await textOfFile(file))
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw wrongUsage(`${file} holds no configuration. See \`rollcall export\` for an example.`)
  return withSecrets(document as Readonly<Record<string, unknown>>, env)
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it is not there',
  EACCES: 'this user may not read it',
  EISDIR: 'it is a folder',
}

async function textOfFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const code = String((Object(error) as { code?: unknown }).code)
    const detail = `${file} cannot be read: ${REASONS[code] ?? code}.`
    throw new RollcallError('wrong_usage', { detail }, { cause: error })
  }
}

/**
 * Puts the values of environment variables in place of `{env: NAME}`. Only this process does that: a server that did it for its
 * clients would hand out its own secrets. What is not set stays a reference, since only what is new needs its secrets. Error:
 * `wrong_usage` for a secret in the file itself.
 */
async function withSecrets(document: Readonly<Record<string, unknown>>, env: Environment): Promise<object> {
  const { secretFields } = await import('../workspace/configuration/secret-fields.ts')
  const { kinds, sections } = await import('../objects/kinds.ts')
  const exposed: string[] = []
  const changed = { ...document }
  for (const kind of kinds) {
    const section = document[sections[kind]]
    if (!Array.isArray(section)) continue
    changed[sections[kind]] = section.map((object: unknown, index) => {
      if (typeof object !== 'object' || object === null) return object
      const resolved: Record<string, unknown> = { ...object }
      for (const field of secretFields(kind, object)) {
        const value = resolved[field]
        if (typeof value === 'string') exposed.push(`${sections[kind]}[${index}].${field}`)
        resolved[field] = valueOf(value, env)
      }
      return Object.fromEntries(Object.entries(resolved).filter(([, value]) => value !== undefined))
    })
  }
  if (exposed.length === 0) return changed
  const places = exposed.join(', ')
  throw wrongUsage(
    `Secrets do not belong in a file: ${places}. Put each into an environment variable and write {env: NAME} instead.`,
  )
}

function valueOf(value: unknown, env: Environment): unknown {
  if (typeof value !== 'object' || value === null) return value
  const { env: name, ...rest } = value as { readonly env?: unknown }
  const set = typeof name === 'string' && Object.keys(rest).length === 0 ? env[name]?.trim() : undefined
  return set === undefined || set === '' ? value : set
}

function wrongUsage(detail: string): RollcallError {
  return new RollcallError('wrong_usage', { detail })
}
