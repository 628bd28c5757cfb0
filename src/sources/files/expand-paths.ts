import type { BigIntStats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve } from 'node:path'
import type { Limits } from '../../base/limits.ts'
import { count } from '../../base/words.ts'
import type { FoundFile } from '../source.ts'
import { mayHoldPassword } from '../may-hold-password.ts'
import { expandBraces } from './braces.ts'
import { sourceNotFound, systemCodeOf } from '../formats/errors.ts'
import { findMatches } from './find-matches.ts'
import { stampOf } from '../formats/stamp.ts'

export interface ExpandOptions {
  readonly limits: Pick<Limits, 'patternNamesMax' | 'sourceNamesMax'>
  readonly signal: AbortSignal
}

/** As long as a path may be. */
const PATTERN_CHARS_MAX = 4096

/**
 * The regular files that names and patterns (`*`, `**`, `?`, `[…]`, `{…}`) stand for: in the order given, each pattern's
 * matches sorted, no file twice. Each is called by its path relative to `cwd` when it is inside. A name that exists is never read as a pattern, nor is a folder of the very name.
 *
 * Throws `source_not_found` for whatever finds nothing, for a path that cannot be read, and for a pattern that stands for too many
 * names. An abort ends the search.
 */
export async function expandPaths(
  from: readonly string[],
  cwd: string,
  options: ExpandOptions,
): Promise<FoundFile[]> {
  const found = new Map<string, FoundFile>()
  const names = { left: options.limits.sourceNamesMax }
  for (const entry of from) {
    options.signal.throwIfAborted()
    for (const file of await expandOne(entry, cwd, options, names))
      if (!found.has(file.path)) found.set(file.path, file)
  }
  return [...found.values()]
}

/** How many names the braces of the patterns that follow may stand for. */
interface NamesLeft {
  left: number
}

async function expandOne(
  entry: string,
  cwd: string,
  options: ExpandOptions,
  names: NamesLeft,
): Promise<FoundFile[]> {
  if (entry === '') throw sourceNotFound('the path is empty.')
  // A NUL byte is refused by every system call, with a message that is not ours.
  if (entry.includes('\0')) throw sourceNotFound('the path holds a NUL byte.')
  const path = resolve(cwd, entry)
  const info = await stat(path, { bigint: true }).catch((error: unknown) => missing(error, entry))
  if (info === null && mayHoldPassword(entry)) throw notQuoted()
  if (info === null) return expandPattern(entry, cwd, options, names)
  if (info.isDirectory()) {
    throw sourceNotFound(
      `"${entry}" is a folder. Name its files, for example "${entry.replace(/[/\\]+$/, '')}/*.csv".`,
    )
  }
  if (!info.isFile()) {
    throw sourceNotFound(
      `"${entry}" is not a regular file. Pipes and devices can be read only once, so save the rows to a file.`,
    )
  }
  return [foundAt(path, cwd, info)]
}

async function expandPattern(
  entry: string,
  cwd: string,
  options: ExpandOptions,
  names: NamesLeft,
): Promise<FoundFile[]> {
  if (!/[*?[{]/.test(entry)) throw sourceNotFound(`there is no file "${entry}".`)
  const paths = new Set<string>()
  const { folder, rest } = await splitLiteral(entry, cwd)
  for (const name of namesOf(rest, options.limits, names))
    for await (const path of findMatches(folder, name, options.signal)) paths.add(path)
  const files: FoundFile[] = []
  for (const path of [...paths].toSorted()) {
    options.signal.throwIfAborted()
    const info = await stat(path, { bigint: true }).catch((error: unknown) =>
      unreachable(error, nameOf(path, cwd)),
    )
    if (info.isFile()) files.push(foundAt(path, cwd, info))
  }
  if (files.length === 0) throw sourceNotFound(`no file matches "${entry}".`)
  return files
}

/** The folders at the beginning of a pattern that are there under that very name, brackets and all, and what goes on after them. */
async function splitLiteral(entry: string, cwd: string): Promise<{ folder: string; rest: string }> {
  const parts = entry.split('/')
  let folder = isAbsolute(entry) ? '/' : cwd
  let taken = 0
  for (const part of parts.slice(0, -1)) {
    const next = join(folder, part)
    const info = await stat(next).catch(() => null)
    if (info === null || !info.isDirectory()) break
    folder = next
    taken += 1
  }
  return { folder, rest: parts.slice(taken).join('/') }
}

function namesOf(
  pattern: string,
  { patternNamesMax: namesMax, sourceNamesMax }: ExpandOptions['limits'],
  left: NamesLeft,
): readonly string[] {
  if (pattern.length > PATTERN_CHARS_MAX)
    throw sourceNotFound(`a pattern is longer than ${count(PATTERN_CHARS_MAX)} characters.`)
  const names = expandBraces(pattern, namesMax)
  if (names !== null && names.length > 1) left.left -= names.length
  if (left.left < 0)
    throw sourceNotFound(
      `the braces of all patterns expand to more than ${count(sourceNamesMax)} names (limit sourceNamesMax). Use * instead.`,
    )
  if (names !== null) return names
  throw sourceNotFound(
    `the braces of a pattern expand to more than ${count(namesMax)} names (limit patternNamesMax). Use * or several patterns instead.`,
  )
}

function foundAt(path: string, cwd: string, info: BigIntStats): FoundFile {
  // The row engine takes such a path for a pattern and \ for the end of a folder's name, and would read another file.
  if (path.includes('\\') && /[*?[]/.test(path))
    throw sourceNotFound(
      `"${nameOf(path, cwd)}" has both \\ and one of * ? [ in its path, so it cannot be read. Rename the file or its folder.`,
    )
  const stamp = stampOf(info)
  return { path, name: nameOf(path, cwd), bytes: stamp.bytes, stamp }
}

/** Null for a file that is not there, so that the name can be tried as a pattern. */
function missing(error: unknown, entry: string): null {
  const code = systemCodeOf(error)
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return null
  return unreachable(error, entry)
}

function unreachable(error: unknown, name: string): never {
  throw sourceNotFound(`"${name}" cannot be reached (${systemCodeOf(error) ?? 'unknown reason'}).`)
}

/** It may be an address with a slip in it, and its password is not told. */
function notQuoted() {
  return sourceNotFound(
    'there is no file with this name. If it is a database address, begin it with postgres://. It is not shown here because it may hold a password.',
  )
}

function nameOf(path: string, cwd: string): string {
  const name = relative(cwd, path)
  return name.startsWith('..') || isAbsolute(name) ? path : name
}
