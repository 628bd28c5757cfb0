import { randomBytes } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import { requireKeys } from '../../src/access/sealed-rows.ts'
import { createSealer } from '../../src/access/seal.ts'
import { openTokens } from '../../src/access/credentials.ts'
import { credentialRow, updateCredential } from '../../src/workspace/credentials.ts'
import { dataSourceRow, savedSource, updateDataSource } from '../../src/workspace/data-sources.ts'
import type { Tenant } from '../../src/workspace/tenant.ts'
import { applyTo, credentialOf, refused, shortly, smallDocument, usePlace } from './configuration-support.ts'

/** The key of stored secrets is lost for good: they are entered again, by hand or with a configuration file, and all works as before. */

const place = usePlace()
const url = 'postgres://reader:s3cret-word@db.example.com/shop'
const warehouse = { name: 'Warehouse', kind: 'postgres' }

/** Of a process with a new key. */
let tenant: Tenant

beforeEach(async () => {
  const small = smallDocument(place.simulator)
  await applyTo(place.tenant, { ...small, dataSources: [...small.dataSources, { ...warehouse, url }] })
  tenant = { ...place.tenant, sealer: createSealer(randomBytes(32)) }
})

test('a person enters the secrets of a credential and the address of a database again', async () => {
  const { db, store, sealer } = tenant
  await expect(requireKeys(store.db, sealer)).rejects.toMatchObject({
    code: 'secret_key_wrong',
    message: expect.stringContaining('the secrets of 1 credential and 1 data source were') as string,
  })
  const credential = await place.idOf('credential', 'Brand')
  const { name: _, ...secrets } = credentialOf(place.simulator)
  // What is kept of them cannot be read.
  const { refreshToken } = secrets
  await expect(updateCredential(tenant, credential, { version: 1, refreshToken })).rejects.toMatchObject({
    code: 'secret_key_wrong',
  })
  await updateCredential(tenant, credential, { version: 1, ...secrets })
  expect(openTokens(sealer, await credentialRow(db, credential))).toMatchObject(secrets)
  const source = await place.idOf('data_source', 'Warehouse')
  await updateDataSource(tenant, source, { version: 1, description: 'of the shop' })
  await updateDataSource(tenant, source, { version: 2, url })
  expect(savedSource(await dataSourceRow(db, source), sealer).settings).toEqual({ url })
  await requireKeys(store.db, sealer)
})

test('a configuration file enters them again; without them, the plan names the objects that need them', async () => {
  const { store, sealer } = tenant
  const small = smallDocument(place.simulator)
  const without = { version: 1, dataSources: [...small.dataSources, warehouse] }
  const { message } = await refused(applyTo(tenant, without))
  expect(message).toMatch(
    /1 problem,.*\n {2}dataSources\[1\]\.url \(of "Warehouse"\): what is stored was sealed with another key, so url is needed/,
  )
  expect(
    shortly(
      await applyTo(tenant, { version: 1, dataSources: [...small.dataSources, { ...warehouse, url }] }),
    ),
  ).toEqual(['~ data_source Warehouse'])
  const { credentials } = small
  expect(shortly(await applyTo(tenant, { version: 1, credentials }))).toEqual(['~ credential Brand'])
  await requireKeys(store.db, sealer)
})

test('what has its secrets again is no longer named, and what was damaged is left to those who read it', async () => {
  const { db, store, sealer } = tenant
  await db
    .updateTable('credential')
    .set({ sealed: sealer.seal('{}', { table: 'credential', id: 'cr_other' }) })
    .execute()
  await expect(requireKeys(store.db, sealer)).rejects.toMatchObject({
    message: expect.stringContaining('the secrets of 1 data source were') as string,
  })
  await db.updateTable('data_source').set({ sealed: 'damaged' }).where('sealed', 'is not', null).execute()
  await requireKeys(store.db, sealer)
})
