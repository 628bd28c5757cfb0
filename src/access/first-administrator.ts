import { randomBytes } from 'node:crypto'
import { open, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isRollcallError, RollcallError } from '../base/rollcall-error.ts'
import type { Home } from '../store/home.ts'
import type { Store } from '../store/store.ts'
import { lockUsers } from './access.ts'
import type { Db } from './access.ts'
import { localActor, record } from './activity.ts'
import { localPrincipal } from './permissions.ts'
import { insertUser, newHash, signInName } from './users.ts'

type Environment = Readonly<Record<string, string | undefined>>

export interface FirstAdministrator {
  readonly id: string
  readonly email: string
  /** Where the one-time password is; null when ROLLCALL_ADMIN_PASSWORD gave one. */
  readonly passwordFile: string | null
}

const NAME = 'Administrator'
const FILE = 'first-administrator.txt'

/**
 * Makes an administrator when there is no user at all; null when there is one. If several processes start at once, one of them does it.
 * ROLLCALL_ADMIN_EMAIL (default `admin@localhost`) and ROLLCALL_ADMIN_PASSWORD give what to sign in with; without a
 * password one is made that must be changed at the first sign-in, and lies in `first-administrator.txt` of the data folder
 * (mode 0600). Errors: `wrong_usage` for a variable that cannot be used, `home_not_writable`, `disk_full`.
 */
export async function firstAdministrator(options: {
  store: Pick<Store, 'db'>
  home: Pick<Home, 'dir'>
  env: Environment
}): Promise<FirstAdministrator | null> {
  const { home, env } = options
  const { db } = options.store
  if (await hasUsers(db)) return null
  const email = emailOf(env)
  const given = env['ROLLCALL_ADMIN_PASSWORD'] || null
  const password = given ?? oneTimePassword()
  const hash = await usableHash(password, email)
  return db.transaction().execute(async (tx) => {
    await lockUsers(tx)
    if (await hasUsers(tx)) return null
    // Before the user is there: a password that no one can read would lock everyone out.
    const passwordFile = given === null ? await writePassword(join(home.dir, FILE), email, password) : null
    const { policies, options: allowed } = localPrincipal
    const user = await insertUser(tx, {
      email,
      name: NAME,
      policies,
      options: allowed,
      password: hash,
      mustChangePassword: given === null,
    })
    const detail = { email, policies, options: allowed }
    await record(tx, localActor, 'user.created', { type: 'user', id: user.id, name: NAME }, detail)
    return { id: user.id, email, passwordFile }
  })
}

async function hasUsers(db: Db): Promise<boolean> {
  return (await db.selectFrom('app_user').select('id').limit(1).executeTakeFirst()) !== undefined
}

function emailOf(env: Environment): string {
  const email = signInName(env['ROLLCALL_ADMIN_EMAIL'] || 'admin@localhost')
  if (email !== null) return email
  throw new RollcallError('wrong_usage', { detail: 'ROLLCALL_ADMIN_EMAIL is not a valid e-mail address.' })
}

async function usableHash(password: string, email: string): Promise<string> {
  try {
    return await newHash(password, { email, name: NAME })
  } catch (error) {
    if (!isRollcallError(error) || error.code !== 'request_invalid') throw error
    const detail = `ROLLCALL_ADMIN_PASSWORD: ${error.data['detail']}`
    throw new RollcallError('wrong_usage', { detail }, { cause: error })
  }
}

/** No letters that look like digits. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/** 100 random bits that a person can type. */
function oneTimePassword(): string {
  const chars = Array.from(randomBytes(20), (byte) => ALPHABET[byte & 31]).join('')
  return chars.replaceAll(/.{5}(?!$)/g, '$&-')
}

/** Writes the file, so that it is there whole or not at all, also after a power cut. */
async function writePassword(file: string, email: string, password: string): Promise<string> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}`
  try {
    await writeFile(temporary, textOf(email, password), { mode: 0o600, flag: 'wx', flush: true })
    await rename(temporary, file)
    await syncFolder(dirname(file))
    return file
  } catch (error) {
    // The first error is the one to tell.
    await rm(temporary, { force: true }).catch(() => {})
    const { code } = error as NodeJS.ErrnoException
    throw code === 'ENOSPC'
      ? new RollcallError('disk_full', { detail: file }, { cause: error })
      : new RollcallError('home_not_writable', { detail: `${file} (${code})` }, { cause: error })
  }
}

async function syncFolder(dir: string): Promise<void> {
  const folder = await open(dir, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function textOf(email: string, password: string): string {
  return [
    'The first administrator of Rollcall signs in with',
    '',
    `  e-mail    ${email}`,
    `  password  ${password}`,
    '',
    'and must choose a new password at once. You can then delete this file.',
    '',
  ].join('\n')
}
