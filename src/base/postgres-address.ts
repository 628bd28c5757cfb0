import { readFileSync, statSync } from 'node:fs'
import type { ClientConfig } from 'pg'
import { parseIntoClientConfig } from 'pg-connection-string'

/**
 * The address of a PostgreSQL database, read once by the driver's own parser: what is shown is what is connected to. Nothing of the
 * address reaches the driver but what is named here, and an address that can be read in two ways is not read at all.
 */

export interface PostgresAddress {
  /** What to connect with. */
  readonly config: ClientConfig
  readonly shown: ShownAddress
}

/** What everyone may read of an address: neither user nor password nor options. */
export interface ShownAddress {
  /** Host, with its port unless that is the usual one; the folder of a Unix socket. */
  readonly host: string
  readonly database: string
}

/** Why an address is not used. The message goes on after its name, such as "DATABASE_URL", and quotes nothing of it. */
export class AddressProblem extends Error {
  override readonly name = 'AddressProblem'
}

export const ADDRESS_FORM = 'postgres://user:password@host:port/database'
const DEFAULT_PORT = 5432

/** Whether a source is the address of a PostgreSQL database. */
export function isPostgresUrl(text: string): boolean {
  return /^postgres(?:ql)?:\/\//i.test(text)
}

/** What an address leads to, without reading any file it names. Throws `AddressProblem`. */
export function shownAddressOf(text: string): ShownAddress {
  return shownOf(parsed(text, false))
}

/** Reads an address, and the certificates it names. Throws `AddressProblem`. */
export function readAddress(text: string): PostgresAddress {
  const { host, port, user, password, database, ssl, sslnegotiation, options } = parsed(text, true)
  const config = { host, port, user, password, database, ssl, sslnegotiation, options }
  return {
    config: Object.fromEntries(
      Object.entries(config).filter(([, value]) => Boolean(value) || value === false),
    ),
    shown: shownOf(config),
  }
}

/**
 * Refuses an address that names a file which cannot be read, or which `mayRead` refuses; in the same words, so that they say nothing of
 * files that are closed. Throws `AddressProblem`.
 */
export async function requireOpenFiles(
  text: string,
  mayRead: (file: string) => Promise<boolean>,
): Promise<void> {
  const [, query] = splitQuery(text)
  for (const name of FILES)
    for (const file of query.getAll(name))
      if (!(await mayRead(file)) || problemOf(file) !== null)
        throw new AddressProblem(
          `names a ${FILE_WORDS[name]} file (${name}) that is missing or that Rollcall may not read. Put it where data sources may read (ROLLCALL_SOURCE_ROOTS)`,
        )
}

/** A server and its database as people may read them: `db.example.com/shop`. */
export function shownText({ host, database }: ShownAddress): string {
  return `${host}/${database}`
}

/** The server that a host and port name. */
export function shownServer(host: string, port: number): string {
  if (host.startsWith('/') || port === DEFAULT_PORT) return host
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

function shownOf({ host, port, database, user }: ClientConfig): ShownAddress {
  return {
    host: shownServer(host || 'localhost', port ?? DEFAULT_PORT),
    database: database || user || '',
  }
}

/** Options that would lead elsewhere than the address seems to, or that the driver does not know as other programs do. */
const REFUSED: Readonly<Record<string, string>> = {
  hostaddr: 'names a host with hostaddr. Write the host after the @',
  service: 'names a service file. Write host, port and database in the address itself',
  servicefile: 'names a service file. Write host, port and database in the address itself',
  replication: 'asks for a replication connection, which cannot read tables',
  dbname: 'names a database with dbname. Write it after the host, as in postgres://host/database',
}

const FILES = ['sslcert', 'sslkey', 'sslrootcert'] as const

function parsed(text: string, withFiles: boolean): ClientConfig {
  if (!isPostgresUrl(text)) throw new AddressProblem(`is not an address such as ${ADDRESS_FORM}`)
  // The driver would guess what is meant.
  if (/%(?![0-9a-f]{2})/i.test(text))
    throw new AddressProblem('holds a % that does not begin an escape. Write it as %25')
  if (text.includes(' ')) throw new AddressProblem('holds a space. Write it as %20')
  const [before, query] = splitQuery(text)
  requireEscaped(before, query)
  const once = requireOnce(before, query)
  const files = new Map(FILES.map((name) => [name, query.get(name)] as const))
  for (const name of FILES) {
    const file = files.get(name)
    if (withFiles && file) requireFile(name, file)
    else query.delete(name)
  }
  if (query.get('uselibpqcompat') !== 'true') {
    // For the driver they are other names of it, and it would warn of them on standard error.
    const mode = query.get('sslmode') ?? ''
    if (['prefer', 'require', 'verify-ca'].includes(mode)) query.set('sslmode', 'verify-full')
  }
  const config = parse(query.size === 0 ? before : `${before}?${query.toString()}`)
  for (const value of [once.host, config.host, config.database, config.user])
    if (value !== undefined) requirePlain(value)
  return config
}

function splitQuery(text: string): readonly [string, URLSearchParams] {
  const at = text.indexOf('?')
  return at < 0 ? [text, new URLSearchParams()] : [text.slice(0, at), new URLSearchParams(text.slice(at + 1))]
}

/** Then what is left of the @ is most likely a password, a part of which would be taken for host and database. */
function requireEscaped(before: string, query: URLSearchParams): void {
  const [, rest = ''] = /^\w+:\/\/([^]*)$/.exec(before) ?? []
  const authority = rest.split('/', 1)[0] ?? ''
  const isSplit =
    rest.slice(authority.length).includes('@') ||
    authority.split('@').length > 2 ||
    rest.includes('#') ||
    [...query.keys()].some((name) => name.includes('@'))
  if (!isSplit) return
  throw new AddressProblem(
    'holds an @ after the host, or a #. In a password, write /, ?, # and @ as %2F, %3F, %23 and %40',
  )
}

/** Host, port, user and password stand in the address or in its options, and name one server. */
function requireOnce(before: string, query: URLSearchParams): { readonly host: string } {
  for (const [name, why] of Object.entries(REFUSED)) if (query.has(name)) throw new AddressProblem(why)
  for (const name of new Set(query.keys()))
    if (query.getAll(name).length > 1)
      throw new AddressProblem(`gives the option ${shownName(name)} more than once`)
  const url = URL.parse(before.replace('@/', '@base/').replace(/^(\w+:\/\/)\//, '$1base/'))
  if (url === null) throw new AddressProblem(`cannot be read. Write it as ${ADDRESS_FORM}`)
  const hasHost = !/^\w+:\/\/(?:[^/]*@)?(?:\/|$)/.test(before)
  const host = hasHost ? url.hostname : ''
  const given = { host, port: url.port, user: url.username, password: url.password }
  for (const [name, value] of Object.entries(given)) {
    if (value === '' || !query.has(name)) continue
    throw new AddressProblem(`names the ${name} twice: before the ? and in the option ${name}. Remove one`)
  }
  if (`${host}${query.get('host') ?? ''}${query.get('port') ?? ''}`.includes(','))
    throw new AddressProblem('names several hosts or ports. Name only one')
  return { host }
}

function parse(text: string): ClientConfig {
  try {
    return parseIntoClientConfig(text)
  } catch (error) {
    // Its message may quote the address with its password.
    throw new AddressProblem(
      String(error).includes('sslmode=verify-ca')
        ? 'asks for sslmode=verify-ca without naming a CA file. Add sslrootcert'
        : `cannot be read. Write it as ${ADDRESS_FORM}`,
    )
  }
}

const FILE_WORDS = {
  sslcert: 'certificate',
  sslkey: 'key',
  sslrootcert: 'CA',
} as const
const FILE_BYTES_MAX = 2 ** 20

/** The driver reads it whole and at once, and would wait for ever for a pipe. */
function requireFile(name: (typeof FILES)[number], file: string): void {
  const problem = problemOf(file)
  if (problem === null) return
  throw new AddressProblem(`names a ${FILE_WORDS[name]} file (${name}) that cannot be read: ${problem}`)
}

function problemOf(file: string): string | null {
  try {
    const found = statSync(file)
    if (!found.isFile()) return 'it is not a file'
    if (found.size > FILE_BYTES_MAX) return 'it is larger than 1 MiB'
    readFileSync(file)
    return null
  } catch (error) {
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException
    return code === 'ENOENT' ? 'it does not exist' : code
  }
}

function requirePlain(value: string): void {
  // oxlint-disable-next-line no-control-regex -- refusing control characters is the point
  if (/[\u0000-\u001f\u007f]/.test(value)) throw new AddressProblem('holds a control character')
}

function shownName(name: string): string {
  return /^\w{1,30}$/.test(name) ? name : 'with that name'
}
