import { errorCatalogue } from '../../src/base/catalogue.ts'

/** Secrets and addresses that are planted, so that they are known wherever they come up. */

export const planted = {
  inFile: 'planted.in.file@example.com',
  inSql: 'planted.in.sql@example.com',
  inDatabase: 'planted.in.database@example.com',
  databasePassword: 'planted-database-password',
  loginPassword: 'planted login password 7',
  webhookSecret: 'planted-webhook-secret-7',
  /** The one that the simulator knows. */
  appSecret: 'simulator-app-secret',
} as const

/** What a client was answered. */
export interface Got {
  readonly status: number
  readonly headers: string
  readonly text: string
}

/** What must be in no answer, but for those operations that are there to tell it. */
const secrets: readonly (readonly [what: string, pattern: RegExp, toldBy?: RegExp])[] = [
  ['the app secret', new RegExp(planted.appSecret)],
  ['a refresh token', /pinr\./],
  ['an access token', /pina_/],
  ['the password of a database', new RegExp(planted.databasePassword)],
  ['a password', new RegExp(planted.loginPassword)],
  ['the hash of a password', /argon2/],
  ['a sealed secret', /\bv1\.[\w-]{8}\.[\w-]{20}/],
  ['an API key', /rck_[0-9a-z]{19}_/, /^api-keys\.(?:create|rotate)$/],
  ['a session', /rcs_/, /^me\.(?:sign-in|change-password)/],
  ['a webhook secret', new RegExp(`whsec_|${planted.webhookSecret}`), /^alerts\.(?:create|update)$/],
  ['an address of the file', new RegExp(planted.inFile), /^queries\.preview$|^data-sources\.tables$/],
  ['an address of the database', new RegExp(planted.inDatabase), /^queries\.preview$/],
  ['an address of the SQL', new RegExp(planted.inSql), /^queries\.(?!count|delete)|^configuration\./],
]

/** What an answer tells that it must not. */
export function leaksOf(operationId: string, { headers, text }: Pick<Got, 'headers' | 'text'>): string[] {
  const told = secrets.filter(
    ([, pattern, toldBy]) =>
      toldBy?.test(operationId) !== true && (pattern.test(text) || pattern.test(headers)),
  )
  const leaks = told.map(([what]) => what)
  if (/\.ts:\d+|node_modules/.test(text)) leaks.push('a frame of the code')
  return leaks.map((what) => `${operationId} tells ${what}: ${text.slice(0, 2_000)}`)
}

/** Lines of a log that tell what they must not; frames of the code are for those who read it. */
export function leakingLines(log: string): string[] {
  return log.split('\n').filter((line) => secrets.some(([, pattern]) => pattern.test(line)))
}

/** Codes of errors that somebody else is at fault for. */
const OF_OTHERS: ReadonlySet<string> = new Set(['pinterest_unavailable', 'pinterest_refused'])

/** What is wrong with the answer to a request that failed. */
export function errorProblems({ status, text }: Got): string[] {
  const { error } = JSON.parse(text) as { error?: { code?: string; message?: string; requestId?: string } }
  const { code = '', message = '', requestId = '' } = error ?? {}
  const problems: string[] = []
  if (status >= 500 && !OF_OTHERS.has(code)) problems.push(`${status} ${text}`)
  if (!Object.hasOwn(errorCatalogue, code)) problems.push(`"${code}" is no code of the catalogue`)
  else if (errorCatalogue[code as keyof typeof errorCatalogue].status !== status)
    problems.push(`${code} is answered with ${status}`)
  if (message === '' || requestId === '') problems.push(`no message or request id: ${text}`)
  if (/\{[a-z]\w*\}/.test(text)) problems.push(`a text is not filled in: ${text}`)
  return problems
}
