import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path'
import { isRollcallError, RollcallError } from '../base/rollcall-error.ts'
import { stampOf } from './formats/stamp.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Which files may be read as a source. */
export interface SourceRules {
  /** Data sources read below these folders only; null where the setting is missing. */
  readonly roots: readonly string[] | null
  /** The data folder of Rollcall. */
  readonly home: string
  /** Files with keys, which are refused under any name. */
  readonly keyFiles: readonly string[]
}

/** What the rules need of Rollcall's own data folder. */
interface OwnFolder {
  readonly dir: string
  readonly secretKeyFile: string
}

/** The rules of ROLLCALL_SOURCE_ROOTS, absolute folders separated by colons. Error: `wrong_usage`. */
export function readSourceRules(env: Environment, home: OwnFolder): SourceRules {
  const roots = (env['ROLLCALL_SOURCE_ROOTS'] ?? '').split(':').filter((root) => root !== '')
  const relative = roots.find((root) => !isAbsolute(root))
  if (relative !== undefined) {
    const detail = `ROLLCALL_SOURCE_ROOTS takes absolute folder paths, separated by colons; "${relative}" is not absolute.`
    throw new RollcallError('wrong_usage', { detail })
  }
  const given = env['ROLLCALL_SECRET_KEY_FILE']
  const keyFiles = [home.secretKeyFile, ...(given ? [resolve(given)] : [])]
  return { roots: roots.length === 0 ? null : roots, home: home.dir, keyFiles }
}

/** Hold keys, passwords, devices and the state of the system. Exports of a shop never lie there. */
const SYSTEM_FOLDERS = ['/boot', '/dev', '/etc', '/private/etc', '/proc', '/root', '/run', '/sys']
/** Memory that programs share as files. */
const SHARED_MEMORY = '/dev/shm'
const PASSWORD_FILES = ['/etc/shadow', '/etc/shadow-', '/etc/gshadow', '/etc/gshadow-', '/etc/master.passwd']

/**
 * Refuses to read files for a data source that those who may write queries must not see. `files` are where they really lie. The data
 * folder, `/proc` and files with keys are always closed; beyond that, only what is below the allowed folders is open, or without them
 * all but folders of the system and whatever is hidden. Error: `source_not_found`.
 */
export async function refuseClosedFiles(files: readonly string[], rules: SourceRules): Promise<void> {
  const closed = [await realpath(rules.home), '/proc']
  if (files.some((file) => closed.some((dir) => isBelow(file, dir))))
    throw refused(
      "the data source leads into Rollcall's data folder or a system folder. Rollcall does not read these.",
    )
  const roots = rules.roots === null ? null : await Promise.all(rules.roots.map(whereItLies))
  const outside = files.find((file) => !isOpen(file, roots))
  if (outside !== undefined) throw notOpen(outside, roots !== null)
  const kept = (await haveOtherNames(files)) ? await filesBelow(rules.home) : []
  await refuseKeyFiles(files, { ...rules, keyFiles: [...rules.keyFiles, ...PASSWORD_FILES, ...kept] })
}

/** Hold the certificates that a system comes with, which are no secret. */
const CERTIFICATE_FOLDERS = [
  '/etc/ssl/certs',
  '/etc/pki/tls/certs',
  '/etc/pki/ca-trust',
  '/usr/share/ca-certificates',
  '/usr/local/share/ca-certificates',
]

/** Whether the address of a data source may name this file, such as a certificate; links followed. */
export async function mayName(file: string, rules: SourceRules): Promise<boolean> {
  const place = await whereItLies(resolve(file))
  if (CERTIFICATE_FOLDERS.some((folder) => isBelow(place, folder))) return true
  return refuseClosedFiles([place], rules).then(
    () => true,
    (error: unknown) => {
      if (isRollcallError(error)) return false
      throw error
    },
  )
}

/** Refuses the files that hold keys, by whatever link or name they are reached. Error: `source_not_found`. */
export async function refuseKeyFiles(
  files: readonly string[],
  { keyFiles }: Pick<SourceRules, 'keyFiles'>,
): Promise<void> {
  const keys = new Set((await Promise.all(keyFiles.map(identityOf))).filter((identity) => identity !== null))
  for (const file of files) {
    const identity = await identityOf(file)
    if (identity !== null && keys.has(identity))
      throw refused('it is a file with a key or passwords. Rollcall does not read such files.')
  }
}

function isOpen(file: string, roots: readonly string[] | null): boolean {
  if (roots !== null) return roots.some((root) => isBelow(file, root))
  if (file.split(sep).some((part) => part.startsWith('.'))) return false
  return isBelow(file, SHARED_MEMORY) || !SYSTEM_FOLDERS.some((folder) => isBelow(file, folder))
}

function notOpen(file: string, hasRoots: boolean): RollcallError {
  return refused(
    hasRoots
      ? `"${file}" is outside the folders that data sources may read (ROLLCALL_SOURCE_ROOTS).`
      : `"${file}" is hidden or in a system folder. Move it, or add its folder to ROLLCALL_SOURCE_ROOTS.`,
  )
}

/** Where a path leads, links followed as far as it is there. */
export async function whereItLies(path: string): Promise<string> {
  const above = dirname(path)
  return realpath(path).catch(async () =>
    above === path ? path : join(await whereItLies(above), basename(path)),
  )
}

async function haveOtherNames(files: readonly string[]): Promise<boolean> {
  for (const file of files)
    if (
      await stat(file).then(
        ({ nlink }) => nlink > 1,
        () => false,
      )
    )
      return true
  return false
}

/** Such as passwords and the tables of the database. Files come and go there. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return filesBelow(path)
      return entry.isFile() ? [path] : []
    }),
  )
  return found.flat()
}

async function identityOf(file: string): Promise<string | null> {
  return stat(file, { bigint: true }).then(
    (info) => stampOf(info).file,
    () => null,
  )
}

/** Whether a path lies below a folder; both without links. */
export function isBelow(file: string, folder: string): boolean {
  return file.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}

function refused(detail: string): RollcallError {
  return new RollcallError('source_not_found', { detail })
}
