import { randomBytes } from 'node:crypto'
import type { BigIntStats } from 'node:fs'
import { lstat, open, readlink, realpath, rename, rm, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { checkEmail, checkHash } from '../../../members/email.ts'
import { invisibleInside } from '../../../members/invisible.ts'
import { maskEmail } from '../../../members/mask.ts'
import type { InvalidReason } from '../../../members/email.ts'
import { csvCell } from '../../../base/csv.ts'
import { RollcallError } from '../../../base/rollcall-error.ts'
import { asDiskFull } from '../hashes/folder.ts'
import { Fault } from './record.ts'
import type { RawValue, Records } from './record.ts'

const HEADER = 'file,row,result_row,reason,value\n'
/** Of lists of this version and of those that earlier ones wrote. */
const HEADERS = [HEADER, 'file,row,reason,value\n']

/** The records of one file of a source; the result of a query, under the name ''. */
export interface RejectsPart {
  readonly file: string
  readonly records: Records
  /** Only records that cannot be read are listed; all others have been met elsewhere. */
  readonly onlyFaults?: boolean
}

export interface RejectsOptions {
  readonly path: string
  readonly hashed: boolean
  /** Where the list lies until it is whole: a new file, which the one who starts a process for it removes if that is killed. */
  readonly draft?: string
}

/**
 * Passes all records on and lists the invalid ones as CSV: `row` counts the records of `file` from 1, the unreadable ones
 * included and header lines left out; `result_row` counts the rows of a query's result, which are no rows of a file; `value` is
 * masked, and empty where there is none. The list appears when all is read. With nothing to list, that of an earlier run is
 * removed. Error: `wrong_usage` as with `checkRejectsFile`.
 */
export async function* listRejects(
  parts: Iterable<RejectsPart> | AsyncIterable<RejectsPart>,
  { path, hashed, draft: given }: RejectsOptions,
): AsyncGenerator<readonly RawValue[], void, void> {
  const draft = await createDraft(path, given ?? (await draftOf(path)))
  let rejects = 0
  try {
    await draft.handle.appendFile(HEADER)
    for await (const { file, records, onlyFaults = false } of parts) {
      const name = csvCell(file)
      let row = 0
      for await (const values of records) {
        let text = ''
        for (const value of values) {
          row += 1
          if (onlyFaults && !(value instanceof Fault)) continue
          const reason = whyInvalid(value, hashed)
          if (reason === null) continue
          rejects += 1
          const place = file === '' ? `,,${row}` : `${name},${row},`
          text += `${place},${reason},${shown(value)}\n`
        }
        await draft.handle.appendFile(text)
        yield values
      }
    }
    await draft.handle.datasync()
    // Whatever was put there meanwhile is not ours to replace.
    if (rejects > 0) await rename(draft.path, await targetOf(path))
    else await removeRejects(path)
  } catch (error) {
    throw asDiskFull(error, path)
  } finally {
    await draft.handle.close()
    await rm(draft.path, { force: true })
  }
}

/** Removes the list of an earlier run, if there is one. What is none is left as it is. */
export async function removeRejects(path: string): Promise<void> {
  const found = await stat(path).catch(() => null)
  if (found?.isFile() === true && (await isList(path))) await rm(await realpath(path), { force: true })
}

/**
 * Refuses a path that the list cannot be written to, or where something lies that is no such list; above all one of the
 * `sources`, by whatever link or name it is reached. Changes nothing. Error: `wrong_usage`.
 */
export async function checkRejectsFile(path: string, sources: readonly string[]): Promise<void> {
  const found = await look(path)
  if (found !== null && (await isOneOf(found, sources)))
    throw refused(path, 'is one of the source files. Name a file that no pattern of the source matches')
  const draft = await createDraft(path, await draftOf(path))
  await draft.handle.close()
  await rm(draft.path, { force: true })
}

async function isOneOf({ dev, ino }: BigIntStats, paths: readonly string[]): Promise<boolean> {
  for (const path of paths) {
    const other = await stat(path, { bigint: true }).catch(() => null)
    if (other !== null && other.dev === dev && other.ino === ino) return true
  }
  return false
}

/** Where the list is to lie: at the path, or where links lead from it. Error: `wrong_usage` when something else lies there. */
async function targetOf(path: string): Promise<string> {
  const found = await look(path)
  if (found === null) {
    const isLink = await lstat(path).then(
      () => true,
      () => false,
    )
    return isLink ? targetOf(resolve(await realpath(dirname(path)), await readlink(path))) : path
  }
  if (found.isDirectory()) throw refused(path, 'is a folder. Name a file in it')
  if (!found.isFile()) throw refused(path, 'is not a regular file')
  if (found.size > 0 && !(await isList(path)))
    throw refused(path, 'already exists and is not a list of rejects. Name another file, or delete this one')
  return realpath(path)
}

/** Null when nothing is there, or a link to nothing. */
async function look(path: string): Promise<BigIntStats | null> {
  return stat(path, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw notWritable(path, error)
  })
}

async function isList(path: string): Promise<boolean> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw notWritable(path, error)
  })
  try {
    const head = Buffer.alloc(HEADER.length)
    await file.read(head, 0, head.length, 0)
    const text = head.toString('latin1')
    return HEADERS.some((header) => text.startsWith(header))
  } finally {
    await file.close()
  }
}

/** A name for a file beside the target that no one else has. Error: `wrong_usage` when something else lies at the path. */
export async function draftOf(path: string): Promise<string> {
  return `${await targetOf(path)}.${randomBytes(8).toString('hex')}`
}

async function createDraft(path: string, draft: string): Promise<{ path: string; handle: FileHandle }> {
  try {
    return { path: draft, handle: await open(draft, 'wx', 0o600) }
  } catch (error) {
    const isFolderThere = await stat(dirname(draft)).then(
      (found) => found.isDirectory(),
      () => false,
    )
    const hasNoFolder = (error as NodeJS.ErrnoException).code === 'ENOENT' && !isFolderThere
    throw hasNoFolder ? refused(path, 'is in a folder that does not exist') : notWritable(path, error)
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'cannot be written: this user has no permission',
  EPERM: 'cannot be written: this user has no permission',
  EROFS: 'cannot be written: it is on a read-only disk',
  ENOTDIR: 'cannot be written: a part of its path is a file',
}

function notWritable(path: string, error: unknown): unknown {
  const full = asDiskFull(error, path)
  if (full !== error) return full
  const code = String((error as NodeJS.ErrnoException).code)
  return refused(path, REASONS[code] ?? `cannot be written (${code})`, error)
}

function refused(path: string, problem: string, cause?: unknown): RollcallError {
  const detail = `The file for rejected rows, "${path}", ${problem}.`
  return new RollcallError('wrong_usage', { detail }, cause === undefined ? {} : { cause })
}

function whyInvalid(value: RawValue, hashed: boolean): InvalidReason | null {
  if (value instanceof Fault) return value.reason
  const verdict = hashed ? checkHash(value) : checkEmail(value)
  return verdict.ok ? null : verdict.reason
}

/** Holds no comma, quotation mark or line end: a mask of letters, digits, dots, `@` and bullets, and names of signs that no one sees. */
function shown(value: RawValue): string {
  if (value instanceof Fault) return ''
  const names = invisibleInside(value)
  return names.length === 0 ? maskEmail(value) : `${maskEmail(value)} (${names.join(' and ')} inside)`
}
