import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { isRollcallError } from '../../src/base/rollcall-error.ts'
import { openSource } from '../../src/sources/open-source.ts'
import type { SourceOptions } from '../../src/sources/open-source.ts'
import type { FileRows, FileTable } from '../../src/sources/source.ts'

export async function open(cwd: string, from: readonly string[], options: Partial<SourceOptions> = {}) {
  return openSource({
    from,
    cwd,
    query: null,
    emailColumn: 'email',
    limits: defaultLimits,
    signal: new AbortController().signal,
    ...options,
  })
}

/** A folder for the tests of a file, and what opens sources in it. */
export function sourceFolder() {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rollcall-files-'))
  })
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true })
  })

  /** Each test has a folder of its own. */
  let next = 0
  async function folderWith(files: Readonly<Record<string, string | Buffer>>): Promise<string> {
    const cwd = join(folder, String((next += 1)))
    for (const [name, content] of Object.entries(files)) {
      await mkdir(join(cwd, name, '..'), { recursive: true })
      await writeFile(join(cwd, name), content)
    }
    return cwd
  }

  async function tablesOf(
    files: Readonly<Record<string, string | Buffer>>,
    options: Partial<SourceOptions> = {},
  ) {
    const { rows } = await open(await folderWith(files), Object.keys(files), options)
    return (rows as FileRows).tables
  }

  async function tableOf(
    name: string,
    content: string | Buffer,
    options: Partial<SourceOptions> = {},
  ): Promise<FileTable> {
    const [table] = await tablesOf({ [name]: content }, options)
    if (table === undefined) throw new Error('no table')
    return table
  }

  return { dir: () => folder, folderWith, tablesOf, tableOf }
}

export async function failure(work: Promise<unknown>): Promise<{ code: string; message: string }> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!isRollcallError(error)) throw new Error('no error of the catalogue', { cause: error })
  return { code: error.code, message: error.message }
}
