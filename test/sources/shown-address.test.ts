import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openSealer } from '../../src/access/secret-key.ts'
import { AddressProblem, readAddress, shownAddressOf } from '../../src/base/postgres-address.ts'
import { PlainClient } from '../../src/base/postgres-client.ts'
import { plainInputs } from '../../src/destinations/customer-list/inputs/inputs.ts'
import { openInputs, storedInputs } from '../../src/destinations/customer-list/inputs/stored-inputs.ts'
import { openHome } from '../../src/store/home.ts'
import { makeFolder } from '../support/folder.ts'

test.each([
  ['postgres://reader:secret@db.example.com:5433/shop', 'db.example.com:5433/shop'],
  ['postgres://reader:secret@db.example.com/shop', 'db.example.com/shop'],
  ['postgres://reader:secret@/shop?host=/run/pg&port=5433', '/run/pg/shop'],
  ['postgres://reader:secret@%2Frun%2Fpg/shop', '/run/pg/shop'],
  ['postgres://reader:secret@db.example.com', 'db.example.com/reader'],
  ['postgres://reader:secret@[::1]:5433/shop', '[::1]:5433/shop'],
  ['postgres://reader:12/secret@db.example.com/shop', '…'],
  ['postgres://reader:1/x@y@db.example.com/shop', '…'],
  ['postgres://reader:secret@db.example.com/shop?host=/run/pg', '…'],
])('of %s nobody reads a password, but where it leads', async (from, shown) => {
  expect(await storedFrom(from)).toEqual([`postgres://${shown}`])
})

test.each([
  'mysql://reader:secret@db.example.com/shop',
  'Trino+https://reader:secret@db.example.com/shop',
  'postgres:reader:secret@db.example.com/shop',
  'postgres:/reader:secret@db.example.com/shop',
])('of %s, which leads to no known kind of source, nothing is shown', async (from) => {
  expect(await storedFrom(from)).toEqual(['…'])
})

test('what an earlier version stored of files below a folder is read as those of a data source', async () => {
  const folder = await makeFolder('address')
  onTestFinished(() => folder.remove())
  const sealer = await openSealer({ home: await openHome({ ROLLCALL_HOME: folder.dir }), env: {} })
  const stored = { folder: '/data', from: ['*.csv'], query: null, emailColumn: 'email' }
  const sealed = sealer.seal(JSON.stringify(stored), { table: 'workflow', id: 'wf_1' })
  const { from, ...others } = openInputs({ sealed }, sealer, 'wf_1')
  expect(from).toEqual({ kind: 'files', settings: { folder: '/data', files: ['*.csv'] } })
  expect(others).not.toHaveProperty('folder')
})

async function storedFrom(from: string): Promise<unknown> {
  const folder = await makeFolder('address')
  onTestFinished(() => folder.remove())
  const sealer = await openSealer({ home: await openHome({ ROLLCALL_HOME: folder.dir }), env: {} })
  const inputs = { ...plainInputs, from: [from], query: 'SELECT 1', emailColumn: 'email', hashed: false }
  const job = { adAccountId: '1', list: 'a', yes: false, adopt: false, rejects: null, limits: {}, cwd: '/' }
  return storedInputs({ ...inputs, ...job }, sealer, 'wf_1')['from']
}

test.each([
  'postgres://reader:secret@db.example.com:5433/shop',
  'postgres://reader@/shop?host=%2Frun%2Fpg&port=5433',
  'postgresql://%2Frun%2Fpg/shop?user=reader',
  'postgres://reader@[::ffff:127.0.0.1]/shop?sslmode=disable',
  'postgres://reader@h/shop?options=-c%20work_mem%3D1MB',
])('%s is read as the driver reads it', (text) => {
  const ours = new PlainClient(readAddress(text).config)
  const theirs = new PlainClient({ connectionString: text })
  for (const name of ['host', 'port', 'user', 'database', 'password', 'ssl'] as const)
    expect(ours[name], name).toEqual(theirs[name])
})

test.each([
  ['postgres://anything@db.example.com/postgres?host=/run/pg', 'names the host twice'],
  ['postgres://anything@db.example.com/postgres?host=', 'names the host twice'],
  ['postgres://db.example.com:5432/postgres?port=5433', 'names the port twice'],
  ['postgres://one@db.example.com/postgres?user=two', 'names the user twice'],
  ['postgres://one:secret@db.example.com/postgres?password=other', 'names the password twice'],
  ['postgres:///x?host=/run/a&host=/run/b', 'more than once'],
  ['postgres://a.example.com,b.example.com/x', 'several hosts'],
  ['postgres:///x?host=a.example.com,b.example.com', 'several hosts'],
  ['postgres:///x?host=/run/a,/run/b', 'several hosts'],
  ['postgres://db.example.com/x?hostaddr=127.0.0.1', 'hostaddr'],
  ['postgres:///x?service=own', 'service file'],
  ['postgres:///x?replication=database', 'replication'],
  ['postgres:///x?dbname=postgres', 'dbname'],
  ['postgres://user:12/secret@db.example.com/x', '%2F'],
  ['postgres://user:12#secret@db.example.com/x', '%23'],
  ['postgres://user:12?secret@db.example.com/x', '%3F'],
  ['postgres://user:12@secret@db.example.com/x', '%40'],
  ['postgres://user:12%secret@db.example.com/x', '%25'],
  ['postgres://user:12 secret@db.example.com/x', '%20'],
  ['postgres://db.example.com/x?sslmode=verify-ca&uselibpqcompat=true', 'sslrootcert'],
  ['postgres://db.example.com/x?sslrootcert=/nowhere/secret.pem', 'CA file (sslrootcert)'],
  ['postgres://db.example.com/x?sslkey=/', 'key file (sslkey)'],
  ['postgres://db.example.com/x?sslcert=/dev/zero', 'certificate file (sslcert)'],
  ['mysql://db.example.com/x', 'is not an address'],
])('%s is refused', (text, words) => {
  const read = (): unknown => readAddress(text)
  expect(read).toThrow(AddressProblem)
  expect(read).toThrow(words)
  expect(read).not.toThrow('secret')
})

test('a certificate is read when it is connected with, not when the address is shown', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'rollcall-ca-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const text = `postgres://db.example.com/x?sslrootcert=${encodeURIComponent(join(dir, 'ca.pem'))}`
  expect(shownAddressOf(text)).toEqual({ host: 'db.example.com', database: 'x' })
  await writeFile(join(dir, 'ca.pem'), 'a certificate')
  expect(readAddress(text).config.ssl).toEqual({ ca: 'a certificate' })
})
