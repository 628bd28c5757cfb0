import { randomBytes } from 'node:crypto'
import { access, chmod, constants, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { defaultLimits, limitDefinitions } from '../base/limits.ts'
import type { LimitName, Limits } from '../base/limits.ts'
import { nearestName } from '../base/nearest.ts'
import { RollcallError } from '../base/rollcall-error.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The data folder and what lies in it. */
export interface Home {
  readonly dir: string
  readonly postgresDir: string
  readonly ledgerDir: string
  readonly workDir: string
  /** For what a process deletes itself; within the work folder. */
  readonly tempDir: string
  readonly secretKeyFile: string
  readonly settingsFile: string
}

/** Rises when an older Rollcall can no longer use the folder. */
const FORMAT_VERSION = 1

/**
 * Finds the data folder and makes it when it is not there: ROLLCALL_HOME, else the user's own. Errors:
 * `home_not_writable`, `home_too_new`.
 */
export async function openHome(env: Environment): Promise<Home> {
  const dir = absolute(env['ROLLCALL_HOME'] || defaultDir(env))
  const home: Home = {
    dir,
    postgresDir: join(dir, 'postgres'),
    ledgerDir: join(dir, 'ledger'),
    workDir: join(dir, 'work'),
    tempDir: join(dir, 'work', 'temp'),
    secretKeyFile: join(dir, 'secret.key'),
    settingsFile: join(dir, 'settings.json'),
  }
  try {
    await makeFolder(dir)
    await access(dir, constants.R_OK | constants.W_OK | constants.X_OK)
    await checkVersion(dir)
    for (const inner of [home.ledgerDir, home.workDir]) await makeFolder(inner)
  } catch (error) {
    throw error instanceof RollcallError ? error : notWritable(dir, error)
  }
  return home
}

function defaultDir(env: Environment): string {
  // Root's own home is closed to the user that PostgreSQL runs as.
  if (process.getuid?.() === 0) return '/var/lib/rollcall'
  return join(env['XDG_DATA_HOME'] || join(homeOfUser(), '.local', 'share'), 'rollcall')
}

/** Neither HOME nor the list of users names it, as in containers that run under a number of their own choice. */
function homeOfUser(): string {
  try {
    return homedir()
  } catch (error) {
    throw new RollcallError('home_not_writable', { detail: 'this user has no home folder' }, { cause: error })
  }
}

function absolute(dir: string): string {
  try {
    return resolve(dir)
  } catch (error) {
    const detail = `${dir} is relative to the working folder, which no longer exists`
    throw new RollcallError('home_not_writable', { detail }, { cause: error })
  }
}

/**
 * Makes a folder and those above it that are not there, level by level: Node's own `recursive` tries for ever where the folder
 * above is there but takes none, such as `/proc`. Others may be making them at the same time.
 */
async function makeFolder(dir: string): Promise<void> {
  const missing: string[] = []
  for (let at = dir; !(await isFolder(at)); at = dirname(at)) missing.push(at)
  for (const path of missing.toReversed()) {
    await mkdir(path, { mode: 0o700 }).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST' || !(await isFolder(path))) throw error
    })
  }
}

/** False when nothing is there. Throws for what is there and is no folder. */
async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (found !== null && !found.isDirectory())
    throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' })
  return found !== null
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write to it',
  EPERM: 'this user may not write to it',
  EROFS: 'it is on a read-only disk',
  EEXIST: 'it is a broken link, not a folder',
  ENOENT: 'no folder can be created there',
  ENOTDIR: 'it, or part of its path, is a file, not a folder',
}

function notWritable(dir: string, error: unknown): RollcallError {
  const code = String((error as NodeJS.ErrnoException).code)
  if (code === 'ENOSPC') return new RollcallError('disk_full', { detail: dir }, { cause: error })
  return new RollcallError(
    'home_not_writable',
    { detail: `${dir}: ${REASONS[code] ?? code}` },
    { cause: error },
  )
}

async function checkVersion(dir: string): Promise<void> {
  const file = join(dir, 'version')
  const found = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (found === null) return writeWhole(file, `${FORMAT_VERSION}\n`)
  // What no version up to this one has written comes from a later one.
  const isKnown = /^[1-9]\d*\n?$/.test(found) && Number(found) <= FORMAT_VERSION
  if (!isKnown) {
    throw new RollcallError('home_too_new', {
      detail: `it has format ${found.trim()}; this version supports up to ${FORMAT_VERSION}`,
    })
  }
}

/** Writes a file so that it is there whole or not at all. */
async function writeWhole(file: string, text: string, mode = 0o600): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}`
  try {
    await writeFile(temporary, text, { mode, flush: true })
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** The limits in force: the defaults with the data folder's `settings.json` over them. Error: `wrong_usage`. */
export async function loadLimits(home: Pick<Home, 'settingsFile'>): Promise<Limits> {
  const text = await readFile(home.settingsFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}'
    throw notWritable(home.settingsFile, error)
  })
  return { ...defaultLimits, ...parseLimits(text, home.settingsFile) }
}

/** Limits from JSON text. Unknown names are refused with the nearest known one, values with their range. */
export function parseLimits(text: string, file: string): Partial<Limits> {
  const refuse = (problem: string): RollcallError =>
    new RollcallError('wrong_usage', { detail: `${file}: ${problem}` })
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    throw new RollcallError('wrong_usage', { detail: `${file} is not valid JSON.` }, { cause: error })
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw refuse('write one JSON object of limits, such as {"batchSize": 5000}.')
  }
  for (const [name, value] of Object.entries(parsed)) {
    const limit = Object.hasOwn(limitDefinitions, name) ? limitDefinitions[name as LimitName] : undefined
    if (limit === undefined) {
      const near = nearestName(name, Object.keys(limitDefinitions))
      throw refuse(
        `there is no limit "${name}".${near === null ? '' : ` Did you mean "${near}"?`} rollcall limits lists them.`,
      )
    }
    if (!Number.isSafeInteger(value) || value < limit.min || value > limit.max) {
      throw refuse(`"${name}" takes a whole number from ${limit.min} to ${limit.max}.`)
    }
  }
  return parsed
}

/** Lets another user pass through the data folder, but not read it: PostgreSQL's, when Rollcall runs as root. */
export async function letPass(dir: string): Promise<void> {
  const { mode } = await stat(dir)
  if ((mode & 0o001) === 0) await chmod(dir, (mode & 0o777) | 0o011)
}
