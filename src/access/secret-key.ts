import { randomBytes } from 'node:crypto'
import { link, open, readFile, rm } from 'node:fs/promises'
import { RollcallError } from '../base/rollcall-error.ts'
import type { Home } from '../store/home.ts'
import { createSealer } from './seal.ts'
import type { Sealer } from './seal.ts'

type Environment = Readonly<Record<string, string | undefined>>

const KEY_BYTES = 32

/**
 * The sealer of this data folder: with the key of ROLLCALL_SECRET_KEY or ROLLCALL_SECRET_KEY_FILE, else with one made
 * once in the folder (mode 0600).
 */
export async function openSealer(options: {
  home: Pick<Home, 'secretKeyFile'>
  env: Environment
}): Promise<Sealer> {
  const { home, env } = options
  const given = env['ROLLCALL_SECRET_KEY']
  if (given) return createSealer(parseKey(given, 'ROLLCALL_SECRET_KEY'))
  const file = env['ROLLCALL_SECRET_KEY_FILE']
  if (file)
    return createSealer(parseKey(await readKeyFile(file), `the file of ROLLCALL_SECRET_KEY_FILE (${file})`))
  return createSealer(parseKey(await ownKey(home.secretKeyFile), home.secretKeyFile))
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
  const found = await readFile(file, 'utf8').catch(() => null)
  if (found !== null) return found
  const temporary = `${file}.${randomBytes(6).toString('hex')}`
  const handle = await open(temporary, 'wx', 0o600)
  try {
    await handle.writeFile(`${randomBytes(KEY_BYTES).toString('base64')}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  // A link is refused when the name is taken, so the first process wins and the second reads its key.
  await link(temporary, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  await rm(temporary, { force: true })
  return readFile(file, 'utf8')
}

function parseKey(text: string, where: string): Buffer {
  const trimmed = text.trim()
  const key = Buffer.from(trimmed, /^[\da-f]{64}$/i.test(trimmed) ? 'hex' : 'base64')
  if (key.length === KEY_BYTES) return key
  throw new RollcallError('wrong_usage', {
    detail: `${where} takes 32 random bytes as 64 hexadecimal digits or base64.`,
  })
}
