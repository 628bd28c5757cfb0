import { describe, expect, test } from 'vitest'
import { planConfiguration } from '../../src/workspace/configuration/plan.ts'
import { createCredential, updateCredential } from '../../src/workspace/credentials.ts'
import { dataSourceRow, savedSource } from '../../src/workspace/data-sources.ts'
import {
  activityText,
  applyTo,
  credentialOf,
  refused,
  shortly,
  smallDocument,
  usePlace,
} from './configuration-support.ts'
import type { Tenant } from '../../src/workspace/tenant.ts'

const place = usePlace()
const small = () => smallDocument(place.simulator)

const url = 'postgres://reader:s3cret-word@db.example.com/shop'
const database = (changes: object = {}) => ({
  version: 1,
  dataSources: [{ name: 'Warehouse', kind: 'postgres', ...changes }],
})

describe('secrets', () => {
  test('what is new needs its own, and the error names the variable to set', async () => {
    const message = await place.problemsOf({
      version: 1,
      credentials: [{ name: 'Brand', appId: { env: 'BRAND_APP' }, appSecret: 'x' }],
      dataSources: [{ name: 'Warehouse', kind: 'postgres', host: 'db.example.com', database: 'shop' }],
    })
    expect(message).toMatch(
      /credentials\[0\]\.appId .* set the environment variable BRAND_APP where rollcall apply runs/,
    )
    expect(message).toMatch(/credentials\[0\]\.refreshToken .* write `refreshToken: \{env: NAME\}`/)
    expect(message).toMatch(/dataSources\[0\]\.url .* write `url: \{env: NAME\}`/)
  })

  test('a server reads no variable for whoever asks, also not one that it has', async () => {
    const tenant: Tenant = { ...place.tenant, env: { ...place.tenant.env, DATABASE_URL: url } }
    process.env['CONFIGURATION_TEST_URL'] = url
    try {
      for (const name of ['DATABASE_URL', 'CONFIGURATION_TEST_URL']) {
        const error = await refused(
          planConfiguration(tenant, database({ url: { env: name } }), { prune: false }),
        )
        expect(error.message).toContain('a server reads no variables for a request')
        expect(error.message).not.toContain('s3cret-word')
      }
    } finally {
      delete process.env['CONFIGURATION_TEST_URL']
    }
  })

  test('an address is kept when none is given, is compared exactly, and shows only that it changed', async () => {
    await applyTo(place.tenant, database({ url }))
    expect(await applyTo(place.tenant, database())).toEqual([])
    expect(await applyTo(place.tenant, database({ url }))).toEqual([])
    expect(
      await applyTo(
        place.tenant,
        database({ url: { env: 'NOT_SET' }, host: 'db.example.com', database: 'shop' }),
      ),
    ).toEqual([])
    const other = url.replace('s3cret-word', 'new-word')
    expect(await applyTo(place.tenant, database({ url: other }))).toEqual([
      {
        kind: 'data_source',
        name: 'Warehouse',
        action: 'change',
        fields: [{ name: 'url', from: null, to: 'changed' }],
      },
    ])
    expect(await applyTo(place.tenant, database({ url: other }))).toEqual([])
    expect(await activityText(place.tenant)).not.toMatch(/s3cret-word|new-word/)
  })

  test('an address that an earlier version sealed by itself is the same one', async () => {
    const { db, sealer } = place.tenant
    await applyTo(place.tenant, database({ url }))
    const id = await place.idOf('data_source', 'Warehouse')
    const sealed = sealer.seal(url, { table: 'data_source', id })
    await db.updateTable('data_source').set({ sealed }).where('id', '=', id).execute()
    expect(await applyTo(place.tenant, database({ url }))).toEqual([])
    expect(savedSource(await dataSourceRow(db, id), sealer)).toEqual({ kind: 'postgres', settings: { url } })
  })

  test('another host or database needs another address', async () => {
    await applyTo(place.tenant, database({ url }))
    expect(await place.problemsOf(database({ host: 'db2.example.com' }))).toMatch(
      /url .*another host is another address, so url is needed/,
    )
    expect(await place.problemsOf(database({ url, database: 'other' }))).toMatch(
      /database .*url leads to "shop"/,
    )
    const moved = await place.plan(database({ url: url.replace('/shop', '/other'), database: 'other' }))
    expect(moved.changes[0]?.fields).toEqual([
      { name: 'database', from: 'shop', to: 'other' },
      { name: 'url', from: null, to: 'changed' },
    ])
  })

  test.each(['not-an-address-s3cret', 'postgres://u:s3cret@h/%zz', 'postgres://u:s3cret@h/%00'])(
    'an address that is none is refused without being quoted',
    async (wrong) => {
      const message = await place.problemsOf(database({ url: wrong }))
      expect(message).toContain('dataSources[0].url')
      expect(message).not.toContain('s3cret')
    },
  )

  test('a renewed refresh token is kept while the document gives the one that it came from', async () => {
    const document = small()
    await applyTo(place.tenant, document)
    const { refreshToken } = await place.secretsOf('Brand')
    expect(refreshToken).not.toBe(place.simulator.app.refreshToken)
    expect(await applyTo(place.tenant, document)).toEqual([])
    expect((await place.secretsOf('Brand')).refreshToken).toBe(refreshToken)
  })

  test('another refresh token is a new authorization', async () => {
    const document = small()
    await applyTo(place.tenant, document)
    const credentials = [{ ...credentialOf(place.simulator), refreshToken: 'pinr.another-authorization' }]
    const [change] = await applyTo(place.tenant, { version: 1, credentials })
    expect(change).toMatchObject({
      action: 'change',
      fields: [{ name: 'appId' }, { name: 'appSecret' }, { name: 'refreshToken', to: 'changed' }],
    })
    expect((await place.secretsOf('Brand')).refreshToken).toBe('pinr.another-authorization')
    expect(await applyTo(place.tenant, { version: 1, credentials })).toEqual([])
    expect(await activityText(place.tenant)).not.toContain('another-authorization')
  })

  test('a credential that a person made keeps its secrets, which is told', async () => {
    const typed = { ...credentialOf(place.simulator), refreshToken: 'pinr.typed' }
    await createCredential(place.tenant, { ...typed, plugin: 'pinterest', description: '' })
    const { changes, kept } = await place.plan({ version: 1, credentials: [credentialOf(place.simulator)] })
    expect([shortly(changes), kept]).toEqual([[], ['Brand']])
    expect(
      await applyTo(place.tenant, {
        version: 1,
        credentials: [{ ...credentialOf(place.simulator), description: 'x' }],
      }),
    ).toHaveLength(1)
    expect((await place.secretsOf('Brand')).refreshToken).toBe('pinr.typed')
  })

  test('what a person changed after apply stays changed', async () => {
    const document = small()
    await applyTo(place.tenant, document)
    const id = await place.idOf('credential', 'Brand')
    const { version } = await updateCredential(place.tenant, id, { version: 1, refreshToken: 'pinr.typed' })
    expect(version).toBe(2)
    expect(await applyTo(place.tenant, document)).toEqual([])
    expect((await place.secretsOf('Brand')).refreshToken).toBe('pinr.typed')
  })
})
