import { Client } from 'pg'
import { expect, test } from 'vitest'
import { openSealer } from '../../src/access/secret-key.ts'
import { shownAddress } from '../../src/source/postgres/shown-address.ts'
import { plainInputs, storedInputs } from '../../src/sync/inputs.ts'
import { openHome } from '../../src/store/home.ts'
import { makeFolder } from '../support/folder.ts'

test.each([
  ['postgres://reader:secret@db.example.com:5433/shop', 'db.example.com:5433/shop'],
  ['postgres://reader:12/secret@db.example.com/shop', '…'],
  ['postgres://reader:1/x@y@db.example.com/shop', '…'],
])('of %s nobody reads a password', async (from, shown) => {
  const folder = await makeFolder('address')
  const sealer = await openSealer({ home: await openHome({ ROLLCALL_HOME: folder.dir }), env: {} })
  const inputs = { ...plainInputs, from: [from], query: 'SELECT 1', emailColumn: 'email', hashed: false }
  const job = { adAccountId: '1', list: 'a', yes: false, adopt: false, rejects: null, limits: {}, cwd: '/' }
  expect(storedInputs({ ...inputs, ...job }, sealer, 'wf_1')['from']).toEqual([`postgres://${shown}`])
  const { host, port, database } = new Client(from)
  expect(shownAddress(`${host}:${port}`, database ?? '')).toBe(shown)
  await folder.remove()
})
