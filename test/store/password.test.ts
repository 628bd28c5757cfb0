import { expect, test } from 'vitest'
import { isRollcallError } from '../../src/base/rollcall-error.ts'
import { startRefusing } from '../support/refusing-database.ts'
import { openUrl } from './support.ts'

test('a password that is not accepted is told so, without telling it', async () => {
  const port = await startRefusing('28P01', 'password authentication failed for user "me"')
  const url = `postgres://me:sesame@127.0.0.1:${port}/rollcall`
  const error: unknown = await openUrl(url).catch((reason: unknown) => reason)
  if (!isRollcallError(error)) throw new Error('it was accepted')
  expect(error.report()).toMatchObject({
    code: 'database_unavailable',
    message: 'Database unavailable: it rejects the password of DATABASE_URL',
  })
  expect(JSON.stringify([error.report(), error.data])).not.toContain('sesame')
})
