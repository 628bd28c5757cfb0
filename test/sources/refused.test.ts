import { Client, DatabaseError } from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { isRollcallError } from '../../src/base/rollcall-error.ts'
import type { RollcallError } from '../../src/base/rollcall-error.ts'
import { openSource } from '../../src/sources/open-source.ts'
import { queryError } from '../../src/sources/postgres/errors.ts'
import { canCertify, selfSigned } from '../support/certificate.ts'
import { createSourceDatabase } from '../support/database.ts'
import { startEncrypted, startRefusing, startUnencrypted } from '../support/refusing-database.ts'

/** Databases that let nobody in, each told with what to do about it, and errors that are tried again or not. */

async function open(from: string) {
  return openSource({
    from: [from],
    cwd: '/',
    query: 'SELECT 1::text AS email',
    emailColumn: 'email',
    limits: defaultLimits,
    signal: new AbortController().signal,
  })
}

/** Of a source whose password is "sesame", which no message repeats. */
async function refusalOf(from: string): Promise<RollcallError> {
  const error: unknown = await open(from).then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!isRollcallError(error)) throw new Error('it was not refused', { cause: error })
  expect(JSON.stringify([error.report(), error.data])).not.toMatch(/sesame|\bpath\b/)
  expect(error).toMatchObject({ code: 'source_refused', passing: false })
  return error
}

test('a password that was changed has a sentence of its own', async () => {
  const database = await createSourceDatabase({ password: 'sesame' })
  onTestFinished(database.drop)
  await open(database.url)
  const admin = new Client({ connectionString: database.admin })
  await admin.connect()
  await admin.query(`alter role ${new URL(database.url).searchParams.get('user')} password 'changed'`)
  await admin.end()
  const { message } = await refusalOf(database.url)
  expect(message).toMatch(
    /^Data source refused: the database at \/\S+ does not accept this user and password\.$/,
  )
})

test.each([
  [
    'no pg_hba.conf entry for host "192.0.2.7", user "me", database "shop", no encryption',
    /sslmode=verify-full\.$/,
  ],
  [
    'no pg_hba.conf entry for host "192.0.2.7", user "me", database "shop", SSL encryption',
    /this machine\.$/,
  ],
])('refused with "%s"', async (text, words) => {
  const port = await startRefusing('28000', text)
  const { message } = await refusalOf(`postgres://me:sesame@127.0.0.1:${port}/shop`)
  expect(message).toContain(`127.0.0.1:${port}/shop does not accept this user from this machine.`)
  expect(message).toMatch(words)
})

test.each(['prefer', 'require', 'verify-full'])(
  'with sslmode=%s, the refusal of a database without encryption says what to set',
  async (mode) => {
    const port = await startUnencrypted()
    const { message } = await refusalOf(`postgres://me:sesame@127.0.0.1:${port}/shop?sslmode=${mode}`)
    expect(message).toBe(
      `Data source refused: the database at 127.0.0.1:${port}/shop offers no encryption, but its address asks for it. Rollcall treats sslmode=prefer and sslmode=require as sslmode=verify-full. To connect without encryption, use sslmode=disable.`,
    )
  },
)

test.skipIf(!canCertify)(
  'the refusal of a certificate that cannot be verified says how to name its CA',
  async () => {
    const port = await startEncrypted(await selfSigned('localhost'))
    const { message } = await refusalOf(`postgres://me:sesame@localhost:${port}/shop?sslmode=verify-full`)
    expect(message).toMatch(
      /^Data source refused: the certificate of the database at localhost:\d+\/shop cannot be verified \(\w+\)\. Name its CA file with sslrootcert, or use sslmode=no-verify/,
    )
  },
)

test.each([
  ['08P01', false],
  ['08006', true],
  ['40001', true],
  ['42601', false],
  ['53300', true],
  ['57P01', true],
])('a query that ends with SQLSTATE %s is worth another try: %s', (code, passing) => {
  const error = Object.assign(new DatabaseError('it says so', 0, 'error'), { code })
  const wrapped = { query: 'SELECT 1', prefix: '' }
  expect(queryError(error, wrapped, defaultLimits, 'queryTimeoutMs')).toMatchObject({
    code: 'query_failed',
    passing,
  })
})
