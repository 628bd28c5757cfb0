import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { RollcallError } from '../base/rollcall-error.ts'

/** Passwords as argon2id digests. They are hashed beside the event loop, a few at a time. */

const derive = promisify(argon2)

/** What OWASP's password storage cheat sheet advises: 19 MiB, 2 passes, one lane. */
const PARAMETERS = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const
const SALT_BYTES = 16

/** Files and name look-ups share the same few threads. */
const AT_ONCE_MAX = 2
/** About a second of work. Who comes later is told so, instead of waiting without end. */
const WAITING_MAX = 50

const PASSWORD_CHARS_MIN = 12
const PASSWORD_CHARS_MAX = 200
/** Before characters that are written in several parts are joined. */
const TYPED_CHARS_MAX = 5 * PASSWORD_CHARS_MAX

interface Parameters {
  readonly memory: number
  readonly passes: number
  readonly parallelism: number
  readonly tagLength: number
}

interface Stored extends Parameters {
  readonly salt: Buffer
  readonly tag: Buffer
}

/** What an unknown user is compared with. Nothing fits it. */
const NOBODY: Stored = {
  ...PARAMETERS,
  salt: randomBytes(SALT_BYTES),
  tag: randomBytes(PARAMETERS.tagLength),
}

/** The digest to store, with its salt and parameters (PHC string format). Error: `too_many_attempts` in a flood. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  const tag = await tagOf(password, salt, PARAMETERS)
  const { memory, passes, parallelism } = PARAMETERS
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(tag)}`
}

/**
 * Whether this is the password that was stored. `null`, for a user that is not there or has none, takes as long as any other
 * and never fits. `rehash` says that it fits and was hashed with other parameters than a new one. Error:
 * `too_many_attempts` in a flood.
 */
export async function verifyPassword(
  password: string,
  stored: string | null,
): Promise<{ readonly ok: boolean; readonly rehash: boolean }> {
  // No one has an over-long one, and joining its characters would keep the loop busy.
  const fits = password.length <= TYPED_CHARS_MAX
  const known = stored === null || !fits ? null : parse(stored)
  const { salt, tag, ...parameters } = known ?? NOBODY
  const found = await tagOf(fits ? password : '', salt, parameters)
  const ok = timingSafeEqual(found, tag) && known !== null
  return { ok, rehash: ok && !isCurrent(parameters) }
}

/** Error: `request_invalid`, saying what a password takes. */
export function requirePassword(
  password: string,
  user: { readonly email: string; readonly name: string },
): void {
  const chars = password.length > TYPED_CHARS_MAX ? [] : Array.from(normal(password))
  if (chars.length < PASSWORD_CHARS_MIN || chars.length > PASSWORD_CHARS_MAX) {
    throw refused(`takes ${PASSWORD_CHARS_MIN} to ${PASSWORD_CHARS_MAX} characters.`)
  }
  if (new Set(chars).size === 1) throw refused('repeats a single character.')
  const folded = fold(password)
  if (folded === fold(user.email)) throw refused('is the e-mail address.')
  if (folded === fold(user.name)) throw refused('is the name.')
}

function refused(why: string): RollcallError {
  return new RollcallError('request_invalid', { detail: `the password ${why}` })
}

function fold(text: string): string {
  return normal(text).trim().toLowerCase()
}

/** Keyboards write the same character in several ways (source: NIST SP 800-63B section 3.1.1.2). */
function normal(text: string): string {
  return text.normalize('NFKC')
}

function isCurrent(parameters: Parameters): boolean {
  return (['memory', 'passes', 'parallelism', 'tagLength'] as const).every(
    (name) => parameters[name] === PARAMETERS[name],
  )
}

let atOnce = 0
const waiting: (() => void)[] = []

async function tagOf(password: string, nonce: Buffer, parameters: Parameters): Promise<Buffer> {
  await takeTurn()
  try {
    return await derive('argon2id', { ...parameters, message: normal(password), nonce })
  } finally {
    passTurn()
  }
}

async function takeTurn(): Promise<void> {
  if (atOnce < AT_ONCE_MAX) {
    atOnce += 1
    return
  }
  if (waiting.length >= WAITING_MAX) {
    throw new RollcallError('too_many_attempts', { wait: 'some seconds', waitSeconds: 5 }, { passing: true })
  }
  await new Promise<void>((resolve) => {
    waiting.push(resolve)
  })
}

function passTurn(): void {
  const next = waiting.shift()
  if (next === undefined) atOnce -= 1
  else next()
}

const PHC = /^\$argon2id\$v=19\$m=([1-9]\d{1,5}),t=([1-9]\d?),p=([1-9])\$([\w+/]{11,64})\$([\w+/]{22,128})$/

/** Null for what no version has written: then no password fits. */
function parse(stored: string): Stored | null {
  const [, memory, passes, parallelism, salt = '', tag = ''] = PHC.exec(stored) ?? []
  if (memory === undefined) return null
  const bytes = Buffer.from(tag, 'base64')
  return {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    tagLength: bytes.length,
    salt: Buffer.from(salt, 'base64'),
    tag: bytes,
  }
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '')
}
