import { randomBytes } from 'node:crypto'
import { link, open, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { RollcallError } from '../base/rollcall-error.ts'
import type { Home } from '../store/home.ts'
import { createSealer } from './seal.ts'
import type { Sealer } from './seal.ts'

type Environment = Readonly<Record<string, string | undefined>>

const KEY_BYTES = 32

/**
 * The sealer of this data folder: with the key of ROLLCALL_SECRET_KEY or ROLLCALL_SECRET_KEY_FILE, else with one made
 * once in the folder (mode 0600). Errors: `wrong_usage` for a key that is none, `secret_key_wrong` for a damaged one in
 * the folder.
 */
export async function openSealer(options: {
  home: Pick<Home, 'secretKeyFile'>
  env: Environment
}): Promise<Sealer> {
  const { home, env } = options
  const given = env['ROLLCALL_SECRET_KEY']
  if (given) return createSealer(requireKey(given, 'ROLLCALL_SECRET_KEY'))
  const file = env['ROLLCALL_SECRET_KEY_FILE']
  if (file)
    return createSealer(requireKey(await readKeyFile(file), `the file of ROLLCALL_SECRET_KEY_FILE (${file})`))
  const own = parseKey(await ownKey(home.secretKeyFile))
  if (own === null)
    throw new RollcallError('secret_key_wrong', { detail: `${home.secretKeyFile} is damaged` })
  return createSealer(own)
}

async function readKeyFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new RollcallError(
      'wrong_usage',
      { detail: `ROLLCALL_SECRET_KEY_FILE: ${file} cannot be read (${code}).` },
      { cause: error },
    )
  }
}

/** The key in the data folder. Two processes that make it at once end up with the same one. */
async function ownKey(file: string): Promise<string> {
  const found = await readOwn(file)
  if (found !== null) return found
  const temporary = `${file}.${randomBytes(6).toString('hex')}`
  try {
    const text = `${randomBytes(KEY_BYTES).toString('base64')}\n`
    await withFile(temporary, 'wx', async (handle) => {
      await handle.writeFile(text)
      await handle.sync()
    })
    // A link is refused when the name is taken, so the first process wins and the second reads its key.
    await link(temporary, file).catch(unlessExists)
  } finally {
    await rm(temporary, { force: true })
  }
  // What is sealed with the key must not outlive it in a power cut.
  await withFile(dirname(file), 'r', (handle) => handle.sync())
  return (await readOwn(file)) ?? ''
}

async function readOwn(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return null
    throw new RollcallError('home_not_writable', { detail: `${file} (${code})` }, { cause: error })
  }
}

async function withFile(
  file: string,
  flags: string,
  use: (handle: Awaited<ReturnType<typeof open>>) => Promise<void>,
): Promise<void> {
  const handle = await open(file, flags, 0o600)
  try {
    await use(handle)
  } finally {
    await handle.close()
  }
}

function unlessExists(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}

function requireKey(text: string, where: string): Buffer {
  const key = parseKey(text)
  if (key !== null) return key
  throw new RollcallError('wrong_usage', {
    detail: `${where} takes 32 random bytes, as 64 hexadecimal digits or Base64.`,
  })
}

/** 32 bytes as hexadecimal digits or base64 of either alphabet; null for anything else. */
function parseKey(text: string): Buffer | null {
  const trimmed = text.trim()
  if (/^[\da-f]{64}$/i.test(trimmed)) return Buffer.from(trimmed, 'hex')
  return /^[\w+/-]{43}=?$/.test(trimmed) ? Buffer.from(trimmed, 'base64') : null
}
