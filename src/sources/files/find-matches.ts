import { lstat, opendir } from 'node:fs/promises'
import type { Dirent } from 'node:fs'
import { join } from 'node:path'
import { sourceNotFound, systemCodeOf } from '../formats/errors.ts'
import { segmentOf } from './segment.ts'

/**
 * The paths below `root` that a pattern without braces stands for, in no order. `**` stands for any folders, links left aside. As in a
 * shell, names that begin with a dot are meant only by a part that does so too: files are written under such names. A part that
 * is the name of something there is that name, whatever signs it has. What cannot be looked into is an error, so that nothing is
 * left out without a word. Throws `source_not_found`; an abort ends it with its reason, however large the tree.
 */
export async function* findMatches(
  root: string,
  pattern: string,
  signal: AbortSignal,
): AsyncGenerator<string, void, void> {
  const parts = pattern.split('/').filter((part) => part !== '' && part !== '.')
  // Stars for folders one after the other mean no more than one, and each folder is looked into once for each part.
  const kept = parts.filter((part, index) => part !== '**' || parts[index + 1] !== '**')
  yield* walk(root, kept.at(-1) === '**' ? [...kept, '*'] : kept, { signal, seen: new Set() })
}

interface Walk {
  readonly signal: AbortSignal
  readonly seen: Set<string>
}

async function* walk(dir: string, parts: readonly string[], way: Walk): AsyncGenerator<string, void, void> {
  way.signal.throwIfAborted()
  const [part, ...rest] = parts
  if (part === undefined) {
    yield dir
    return
  }
  const key = `${parts.length}:${dir}`
  if (way.seen.has(key)) return
  way.seen.add(key)
  if (part === '**') yield* walkAll(dir, parts, way)
  else yield* walkOne(dir, part, rest, way)
}

async function* walkAll(
  dir: string,
  parts: readonly string[],
  way: Walk,
): AsyncGenerator<string, void, void> {
  yield* walk(dir, parts.slice(1), way)
  for await (const entry of entriesOf(dir, way.signal))
    if (entry.isDirectory() && !isHidden(entry.name)) yield* walk(join(dir, entry.name), parts, way)
}

async function* walkOne(
  dir: string,
  part: string,
  rest: readonly string[],
  way: Walk,
): AsyncGenerator<string, void, void> {
  const segment = segmentOf(part)
  if (part === '..' || !segment.hasMagic || (await isThere(join(dir, part)))) {
    const path = join(dir, part)
    if (rest.length > 0 || (await isThere(path))) yield* walk(path, rest, way)
    return
  }
  const isMeant = (name: string) => segment.test(name) && (isHidden(part) || !isHidden(name))
  for await (const entry of entriesOf(dir, way.signal))
    if (isMeant(entry.name) && (rest.length === 0 || entry.isDirectory() || entry.isSymbolicLink()))
      yield* walk(join(dir, entry.name), rest, way)
}

function isHidden(name: string): boolean {
  return name.startsWith('.')
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}

const NOT_A_FOLDER = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'])

async function* entriesOf(dir: string, signal: AbortSignal): AsyncGenerator<Dirent, void, void> {
  try {
    for await (const entry of await opendir(dir)) {
      signal.throwIfAborted()
      yield entry
    }
  } catch (error) {
    signal.throwIfAborted()
    const code = systemCodeOf(error)
    if (code === undefined) throw error
    if (!NOT_A_FOLDER.has(code)) throw sourceNotFound(`the folder "${dir}" cannot be read (${code}).`, error)
  }
}
