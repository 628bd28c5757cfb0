import { describe, expect, test } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { exportConfiguration } from '../../src/workspace/configuration/export.ts'
import { getQuery, updateQuery } from '../../src/workspace/queries.ts'
import {
  ACCOUNT,
  activityText,
  applyTo,
  EXPORTS,
  refused,
  shortly,
  smallDocument,
  usePlace,
} from './configuration-support.ts'
import type { Principal } from '../../src/access/permissions.ts'

queriesRunHere()

const place = usePlace()
const small = () => smallDocument(place.simulator)

describe('applying', () => {
  test('makes all kinds in the order in which they need each other, and applying again changes nothing', async () => {
    const document = small()
    expect(shortly(await applyTo(place.tenant, document))).toEqual([
      '+ credential Brand',
      '+ data_source Exports',
      '+ query Loyal',
      '+ destination Main',
      '+ orchestration Daily',
    ])
    expect(await place.secretsOf('Brand')).toMatchObject({ appId: place.simulator.app.id })
    const before = await activityText(place.tenant)
    expect(await applyTo(place.tenant, document)).toEqual([])
    expect(await applyTo(place.tenant, document, { prune: true })).toEqual([])
    expect(await activityText(place.tenant)).toBe(before)
  })

  test('an export holds names in place of ids, is ordered, and holds no secret', async () => {
    const document = small()
    await applyTo(place.tenant, {
      ...document,
      dataSources: [
        ...document.dataSources,
        { name: 'Ärchive', kind: 'files', folder: '/srv', files: ['*'] },
        {
          name: 'Warehouse',
          kind: 'postgres',
          url: 'postgres://reader:s3cret-word@db.example.com:5433/shop',
        },
      ],
    })
    const exported = await exportConfiguration(place.tenant)
    expect(exported).toEqual({
      version: 1,
      credentials: [{ name: 'Brand', description: '', plugin: 'pinterest' }],
      dataSources: [
        {
          name: 'Exports',
          description: '',
          kind: 'files',
          folder: EXPORTS,
          files: ['customers-*.csv'],
        },
        {
          name: 'Warehouse',
          description: '',
          kind: 'postgres',
          host: 'db.example.com:5433',
          database: 'shop',
        },
        { name: 'Ärchive', description: '', kind: 'files', folder: '/srv', files: ['*'] },
      ],
      queries: [
        {
          name: 'Loyal',
          description: '',
          dataSource: 'Exports',
          active: { sql: 'select email from input', emailColumn: 'email', hashed: false },
          thresholds: {},
        },
      ],
      destinations: [
        {
          name: 'Main',
          description: '',
          credential: 'Brand',
          adminOnly: false,
          limitedPii: false,
          audiencePrimaryKey: 'email',
          adAccountId: ACCOUNT,
          limits: {},
        },
      ],
      orchestrations: [
        {
          name: 'Daily',
          query: 'Loyal',
          destination: 'Main',
          listName: 'VIP',
          automatic: false,
          enabled: true,
          cron: null,
          timeZone: 'UTC',
          limits: {},
          adopt: false,
          sendAdditionsFirst: false,
        },
      ],
    })
    expect(shortly((await place.plan(exported, true)).changes)).toEqual([])
  })

  test('shows each field that differs, by its name', async () => {
    await applyTo(place.tenant, small())
    const { changes } = await place.plan({
      version: 1,
      queries: [
        {
          name: 'Loyal',
          description: ' Bought twice ',
          dataSource: 'Exports',
          active: { sql: 'select mail from input', emailColumn: 'mail' },
          thresholds: { warnBelow: 10 },
        },
      ],
    })
    expect(changes).toEqual([
      {
        kind: 'query',
        name: 'Loyal',
        action: 'change',
        fields: [
          { name: 'description', from: '', to: 'Bought twice' },
          { name: 'active.sql', from: 'select email from input', to: 'select mail from input' },
          { name: 'active.emailColumn', from: 'email', to: 'mail' },
          { name: 'thresholds.warnBelow', from: null, to: 10 },
        ],
      },
    ])
  })

  test('every change is in the activity log under the one who applied it', async () => {
    const principal: Principal = {
      kind: 'api_key',
      id: 'ak_ci',
      name: 'CI',
      policies: ['datagrid_operator'],
      options: [],
      sessionId: null,
    }
    await applyTo({ ...place.tenant, actor: { principal, originIp: '192.0.2.7', userAgent: null } }, small())
    const rows = await place.tenant.store.db
      .selectFrom('activity')
      .select('action')
      .where('principal_id', '=', 'ak_ci')
      .orderBy('id')
      .execute()
    expect(rows.map(({ action }) => action)).toEqual([
      'credential.created',
      'data_source.created',
      'query.created',
      'query.activated',
      'destination.created',
      'orchestration.created',
    ])
  })

  test('is refused before the first change to whoever may not edit what it changes', async () => {
    const principal: Principal = {
      kind: 'user',
      id: 'us_a',
      name: 'A',
      policies: ['analyst'],
      options: [],
      sessionId: null,
    }
    const tenant = { ...place.tenant, actor: { ...place.tenant.actor, principal } }
    expect(await refused(applyTo(tenant, small()))).toMatchObject({ code: 'access_denied' })
    expect(await exportConfiguration(place.tenant)).toMatchObject({ credentials: [], dataSources: [] })
  })
})

describe('what is not in the document', () => {
  test('stays without prune, and is told', async () => {
    await applyTo(place.tenant, small())
    const document = { version: 1, orchestrations: [], queries: [] }
    expect(await place.plan(document)).toMatchObject({
      changes: [],
      left: [
        { kind: 'query', name: 'Loyal' },
        { kind: 'orchestration', name: 'Daily' },
      ],
    })
  })

  test('is deleted with prune, users before what they use, and a kind that is left out is left alone', async () => {
    const document = small()
    await applyTo(place.tenant, document)
    const { credentials, version } = document
    const rest = { version, credentials, dataSources: [], queries: [], orchestrations: [] }
    expect(shortly(await applyTo(place.tenant, rest, { prune: true }))).toEqual([
      '- orchestration Daily',
      '- query Loyal',
      '- data_source Exports',
    ])
    const exported = await exportConfiguration(place.tenant)
    expect(exported.destinations.map(({ name }) => name)).toEqual(['Main'])
    expect(
      shortly(await applyTo(place.tenant, { version, credentials: [], destinations: [] }, { prune: true })),
    ).toEqual(['- destination Main', '- credential Brand'])
  })

  test('is not deleted while something that stays uses it', async () => {
    await applyTo(place.tenant, small())
    const message = await place.problemsOf({ version: 1, dataSources: [], credentials: [] }, true)
    expect(message).toContain(
      'dataSources: data source "Exports" would be deleted, but query "Loyal", which stays, uses it.',
    )
    expect(message).toContain(
      'credentials: credential "Brand" would be deleted, but destination "Main", which stays, uses it.',
    )
  })

  test('a list goes from a deleted orchestration to a new one, and from one to another that waits for it', async () => {
    const document = small()
    await applyTo(place.tenant, document)
    const [daily] = document.orchestrations
    const next = { ...document, orchestrations: [{ ...daily, name: 'Another' }] }
    await applyTo(place.tenant, next, { prune: true })
    const [another] = next.orchestrations
    const last = {
      ...document,
      orchestrations: [
        { ...another, name: 'A first' },
        { ...another, listName: 'Other' },
      ],
    }
    await applyTo(place.tenant, last)
    const exported = await exportConfiguration(place.tenant)
    expect(exported.orchestrations.map(({ name, listName }) => [name, listName])).toEqual([
      ['A first', 'VIP'],
      ['Another', 'Other'],
    ])
  })
})

const only = (query: object) => ({
  version: 1,
  queries: [{ name: 'Loyal', dataSource: 'Exports', ...query }],
})
const active = { sql: 'select email from input' }
const loyal = async () =>
  getQuery(place.tenant.db, place.tenant.actor.principal, await place.idOf('query', 'Loyal'))
const draftOf = async () => (await loyal()).draft?.sql ?? null

async function startDraft(sqlText: string): Promise<void> {
  await applyTo(place.tenant, small())
  const { id, version } = await loyal()
  await updateQuery(place.tenant, id, {
    version,
    draft: { sql: sqlText, emailColumn: 'email', hashed: false },
  })
}

describe('queries', () => {
  test("somebody's draft stays, also when another text is activated", async () => {
    await startDraft("select '1' as email")
    expect(await applyTo(place.tenant, only({ active }))).toEqual([])
    await applyTo(place.tenant, only({ active: { sql: "select '2' as email" } }))
    expect(await draftOf()).toBe("select '1' as email")
    expect(await exportConfiguration(place.tenant)).toMatchObject({
      queries: [{ active: { sql: "select '2' as email" } }],
    })
  })

  test('a draft that the document activates is no draft any more', async () => {
    await startDraft("select '1' as email")
    const changes = await applyTo(place.tenant, only({ active: { sql: "select '1' as email" } }))
    expect(changes[0]?.fields.map(({ name }) => name)).toContain('draft.sql')
    expect(await draftOf()).toBeNull()
    expect(await applyTo(place.tenant, only({ active: { sql: "select '1' as email" } }))).toEqual([])
  })

  test('a draft of the document is saved, and null throws it away', async () => {
    await startDraft("select '1' as email")
    await applyTo(place.tenant, only({ active, draft: { sql: "select '3' as email" } }))
    expect(await draftOf()).toBe("select '3' as email")
    await applyTo(place.tenant, only({ active, draft: null }))
    expect(await draftOf()).toBeNull()
  })

  test('another description alone activates nothing', async () => {
    await applyTo(place.tenant, small())
    const { activatedAt } = await loyal()
    await applyTo(place.tenant, only({ active, description: 'Bought twice' }))
    expect(await loyal()).toMatchObject({ activatedAt, description: 'Bought twice', draft: null, version: 3 })
  })

  test('no text of a query is in the activity log', async () => {
    await startDraft("select '4711' as email")
    await applyTo(place.tenant, only({ active: { sql: "select '4711' as email" } }))
    expect(await activityText(place.tenant)).not.toContain('4711')
  })
})
