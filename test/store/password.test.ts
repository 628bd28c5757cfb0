import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { isRollcallError } from '../../src/base/rollcall-error.ts'
import { openUrl } from './support.ts'

/** A server that refuses every password, in PostgreSQL's protocol: the embedded one asks nobody for one. */
async function startRefusing(): Promise<number> {
  const fields = ['SFATAL', 'VFATAL', 'C28P01', 'Mpassword authentication failed for user "me"', '']
  const body = Buffer.from(`${fields.join('\0')}\0`)
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length + 4)
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end(Buffer.concat([Buffer.from('E'), length, body])))
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

test('a password that is not accepted is told so, without telling it', async () => {
  const url = `postgres://me:sesame@127.0.0.1:${await startRefusing()}/rollcall`
  const error: unknown = await openUrl(url).catch((reason: unknown) => reason)
  if (!isRollcallError(error)) throw new Error('it was accepted')
  expect(error.report()).toMatchObject({
    code: 'database_unavailable',
    message: 'Database unavailable: it rejects the password of DATABASE_URL',
  })
  expect(JSON.stringify([error.report(), error.data])).not.toContain('sesame')
})
