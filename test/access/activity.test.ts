import { sql } from 'kysely'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { changes, exportActivity, listActivity, record, scheduleActor } from '../../src/access/activity.ts'
import type { Activity, ActivityFilter, Actor } from '../../src/access/activity.ts'
import { as, openPeople } from './people.ts'
import type { People } from './people.ts'

let people: People

beforeAll(async () => {
  people = await openPeople()
})

afterAll(async () => {
  await people.close()
})

const ALL = { limit: 1_000, cursor: null }

let made = 0

/** An object that no other test has acted upon. */
function newObject(name: string | null = 'Summer list') {
  made += 1
  return { type: 'destination', id: `ds_${made}`, name }
}

function person(given: Partial<Actor> = {}): Actor {
  return { ...as(people.local, ['analyst']).actor, ...given }
}

async function found(filter: ActivityFilter): Promise<readonly Activity[]> {
  return (await listActivity(people.db, filter, ALL)).items
}

async function linesOf(filter: ActivityFilter): Promise<string[]> {
  return Array.fromAsync(exportActivity(people.db, filter))
}

describe('an entry', () => {
  test('says who did what to which object, when and from where', async () => {
    const object = newObject()
    await record(people.db, person(), 'destination.created', object, { adminOnly: true })
    const [entry] = await found({ objectId: object.id })
    expect(entry).toEqual({
      id: expect.any(Number) as number,
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      principalKind: 'user',
      principalId: 'us_x',
      principalName: 'Somebody',
      sessionId: null,
      action: 'destination.created',
      objectType: 'destination',
      objectId: object.id,
      objectName: 'Summer list',
      originIp: '192.0.2.7',
      userAgent: 'browser',
      detail: { adminOnly: true },
    })
  })

  test('can be of the schedule', async () => {
    const object = newObject()
    await record(people.db, scheduleActor, 'orchestration.run', object)
    expect(await found({ objectId: object.id })).toMatchObject([
      { principalKind: 'schedule', principalId: null, principalName: 'schedule', detail: {} },
    ])
  })

  test('is undone with the change that it tells of', async () => {
    const object = newObject()
    const change = people.db.transaction().execute(async (tx) => {
      await record(tx, person(), 'destination.created', object)
      throw new Error('not saved')
    })
    await expect(change).rejects.toThrow('not saved')
    expect(await found({ objectId: object.id })).toEqual([])
  })

  test('takes any text, and cuts the longest', async () => {
    const object = newObject()
    const detail = { odd: 'a\0b\ud800', sql: 'x'.repeat(5_000), deep: { list: ['y'.repeat(5_000)] } }
    const userAgent = 'z'.repeat(5_000)
    await record(people.db, person({ userAgent }), 'query.updated', object, detail)
    const [entry] = await found({ objectId: object.id })
    expect(entry?.detail).toEqual({
      odd: 'a\ufffdb\ufffd',
      sql: `${'x'.repeat(2_000)}… (5000 characters)`,
      deep: { list: [`${'y'.repeat(2_000)}… (5000 characters)`] },
    })
    expect(entry?.userAgent?.length).toBeLessThan(600)
  })
})

describe('the log is append-only', () => {
  test.each([
    ['changed', sql`update activity set principal_name = 'nobody'`],
    ['changed, not even where nothing fits', sql`update activity set action = 'x' where false`],
    ['deleted', sql`delete from activity`],
    ['emptied', sql`truncate activity`],
  ])('it cannot be %s', async (_, statement) => {
    const object = newObject()
    await record(people.db, person(), 'destination.created', object)
    await expect(statement.execute(people.db)).rejects.toThrow('the activity log is append-only')
    expect(await found({ objectId: object.id })).toHaveLength(1)
  })
})

describe('the list', () => {
  test('comes newest first, in pages that hold each entry once', async () => {
    const object = newObject()
    const actions = Array.from({ length: 7 }, (_, index) => `destination.step_${index}` as const)
    for (const action of actions) await record(people.db, person(), action, object)
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<typeof listActivity>> = await listActivity(
        people.db,
        { objectId: object.id },
        { limit: 3, cursor },
      )
      expect(page.items.length).toBeLessThanOrEqual(3)
      seen.push(...page.items.map((entry) => entry.action))
      cursor = page.nextCursor
    } while (cursor !== null)
    expect(seen).toEqual(actions.toReversed())
  })

  test('new entries do not shift the pages of who is reading', async () => {
    const object = newObject()
    for (const action of ['a.1', 'a.2'] as const) await record(people.db, person(), action, object)
    const first = await listActivity(people.db, { objectId: object.id }, { limit: 1, cursor: null })
    await record(people.db, person(), 'a.3', object)
    const next = await listActivity(
      people.db,
      { objectId: object.id },
      { limit: 1, cursor: first.nextCursor },
    )
    expect(next.items.map((entry) => entry.action)).toEqual(['a.1'])
  })

  test.each(['x', '-1', '1.5', ' ', '9'.repeat(40), "1' or '1'='1", '\0'])(
    'refuses the cursor %j',
    async (cursor) => {
      await expect(listActivity(people.db, {}, { limit: 1, cursor })).rejects.toMatchObject({
        code: 'request_invalid',
      })
    },
  )

  test('is filtered by who, what, object, time and text, all of which must fit', async () => {
    const [one, other] = [newObject('Filtered one'), newObject('Filtered 100% other')]
    const ada = as(people.local, ['analyst'], [], 'us_filter_ada').actor
    const bob = as(people.local, ['analyst'], [], 'us_filter_bob').actor
    await record(people.db, ada, 'destination.created', one)
    await record(people.db, bob, 'destination.updated', one)
    await record(people.db, ada, 'destinations.listed', { ...other, type: 'page' })
    const base = { search: 'filtered' }
    const actions = async (filter: ActivityFilter): Promise<string[]> =>
      (await found({ ...base, ...filter })).map((entry) => entry.action)
    const [newest] = await found(base)
    const at = new Date(newest?.at ?? 0)
    const all = ['destinations.listed', 'destination.updated', 'destination.created']
    expect(await actions({})).toEqual(all)
    expect(await actions({ principal: 'us_filter_ada' })).toEqual([all[0], all[2]])
    expect(await actions({ action: 'destination.' })).toEqual([all[1], all[2]])
    expect(await actions({ action: 'destination_' })).toEqual([])
    expect(await actions({ action: 'estination' })).toEqual([])
    expect(await actions({ objectType: 'page' })).toEqual([all[0]])
    expect(await actions({ objectId: one.id })).toEqual([all[1], all[2]])
    expect(await actions({ objectId: one.id, principal: 'us_filter_bob' })).toEqual([all[1]])
    expect(await actions({ from: new Date(at.getTime() + 1_000) })).toEqual([])
    expect(await actions({ to: new Date(at.getTime() - 60_000) })).toEqual([])
    expect(await actions({ from: new Date(at.getTime() - 60_000) })).toEqual(all)
    expect(await actions({ search: '100%' })).toEqual([all[0]])
    expect(await actions({ search: 'US_FILTER_BOB' })).toEqual([all[1]])
    expect(await actions({ search: '192.0.2.7', objectId: one.id })).toEqual([all[1], all[2]])
  })
})

describe('the export', () => {
  test('has a line an entry below the names of the columns, in UTC, newest first', async () => {
    const object = newObject('Summer, "late"')
    await record(people.db, person(), 'destination.created', object)
    await record(people.db, person({ userAgent: null }), 'destination.updated', object)
    const [newer, older] = await found({ objectId: object.id })
    expect(await linesOf({ objectId: object.id })).toEqual([
      'event_id,happened_at,action,object_type,object_id,object_name,principal_kind,principal_id,principal_name,session_id,origin_ip,user_agent\r\n',
      `${newer?.id},${newer?.at},destination.updated,destination,${object.id},"Summer, ""late""",user,us_x,Somebody,,192.0.2.7,\r\n`,
      `${older?.id},${older?.at},destination.created,destination,${object.id},"Summer, ""late""",user,us_x,Somebody,,192.0.2.7,browser\r\n`,
    ])
  })

  test.each([
    ['=1+1', `'=1+1`],
    ['+1', `'+1`],
    ['-1', `'-1`],
    ['@SUM(A1)', `'@SUM(A1)`],
    ['  =1', `'  =1`],
    ['\t=1', `'\t=1`],
    ['＝1', `'＝1`],
    ['=HYPERLINK("http://example.test","x")', `"'=HYPERLINK(""http://example.test"",""x"")"`],
    ['a=1', 'a=1'],
    ['two\nlines', '"two\nlines"'],
  ])('defuses %j', async (name, cell) => {
    const object = newObject(name)
    await record(people.db, person(), 'destination.created', object)
    const [, line] = await linesOf({ objectId: object.id })
    expect(line).toContain(`,${object.id},${cell},user,`)
  })

  test('reads a log of several pages whole', async () => {
    await sql`
      insert into activity (principal_kind, principal_name, action, object_type)
      select 'local', 'bulk ' || n, 'bulk.made', 'bulk' from generate_series(1, 2500) n
    `.execute(people.db)
    const lines = await linesOf({ objectType: 'bulk' })
    expect(lines).toHaveLength(2_501)
    expect(new Set(lines).size).toBe(2_501)
    expect(lines.at(-1)).toContain(',bulk 1,')
  })

  test('of nothing has the names of the columns', async () => {
    expect(await linesOf({ objectId: 'ds_none' })).toHaveLength(1)
  })
})

describe('what changed', () => {
  test('is named with the old and the new value, and what stayed is not', () => {
    const before = { name: 'A', limits: { batchSize: 1 }, tags: ['x'], gone: 1 }
    const after = { name: 'B', limits: { batchSize: 1 }, tags: ['x', 'y'], added: false }
    expect(changes(before, after)).toEqual({
      name: { from: 'A', to: 'B' },
      tags: { from: ['x'], to: ['x', 'y'] },
      gone: { from: 1, to: null },
      added: { from: null, to: false },
    })
  })

  test('is null as well as not there', () => {
    expect(changes({ cron: null }, {})).toEqual({})
    expect(changes({ cron: undefined }, { cron: null })).toEqual({})
  })

  test('of a secret is only that it did', () => {
    const names = fc.constantFrom('name', 'password', 'token', 'url')
    const fields = fc.dictionary(
      names,
      fc.string({ minLength: 8 }).map((text) => `secret-${text}`),
    )
    fc.assert(
      fc.property(fields, fields, (before, after) => {
        const shown = changes(before, after, ['name', 'password', 'token', 'url'])
        expect(JSON.stringify(shown)).not.toContain('secret-')
        const differing = ['name', 'password', 'token', 'url'].filter((name) => before[name] !== after[name])
        expect(shown).toEqual(Object.fromEntries(differing.map((name) => [name, 'changed'])))
      }),
    )
  })
})
