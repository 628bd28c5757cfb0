import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { localActor } from '../../src/access/activity.ts'
import { allWorkspaces, PRODUCTION } from '../../src/store/workspace.ts'
import { exportConfiguration } from '../../src/workspace/configuration/export.ts'
import { planConfiguration } from '../../src/workspace/configuration/plan.ts'
import { readState } from '../../src/workspace/configuration/state.ts'
import * as credentials from '../../src/workspace/credentials.ts'
import * as sources from '../../src/workspace/data-sources.ts'
import * as destinations from '../../src/workspace/destinations.ts'
import { startDueRuns } from '../../src/runs/due-runs.ts'
import * as lists from '../../src/history/lists.ts'
import * as orchestrations from '../../src/workspace/orchestrations.ts'
import * as queries from '../../src/workspace/queries.ts'
import { scheduleNow } from '../../src/runs/schedule-now.ts'
import { countHidden } from '../../src/workspace/seen.ts'
import { tenantOf } from '../../src/workspace/tenant.ts'
import type { Tenant } from '../../src/workspace/tenant.ts'
import { takeAction } from '../../src/runs/workflow-actions.ts'
import { CHECKOUT } from '../support/processes.ts'
import { queriesRunHere } from '../support/queries-here.ts'
import { applyTo, EXPORTS, refused, shortly, smallDocument, usePlace } from './configuration-support.ts'
import {
  answering,
  changing,
  newDestination,
  newOrchestration,
  newQuery,
  operator,
  queue,
  silent,
  text,
} from './workspace-operations.ts'
import type { Ids } from './workspace-operations.ts'

/** Two workspaces of one database, whose objects have the same names. Neither sees, counts, changes or uses those of the other. */

queriesRunHere()

const OTHER = 'sb_other'
const { signal } = new AbortController()
const { principal } = localActor
const place = usePlace()

interface Side {
  readonly tenant: Tenant
  readonly ids: Ids
  /** What stands in its objects, and in none of the other's. */
  readonly mark: string
}

let production: Side
let other: Side

/** One object of each kind, by the same names. A list belongs to an ad account and has one owner in all workspaces. */
function documentOf(description: string) {
  const small = smallDocument(place.simulator)
  const [credential] = small.credentials
  const [source] = small.dataSources
  const [query] = small.queries
  const [destination] = small.destinations
  const [orchestration] = small.orchestrations
  const [active, draft] = [text(description), text(`draft ${description}`)]
  return {
    version: 1,
    credentials: [{ ...credential, description }],
    dataSources: [{ ...source, description }],
    queries: [{ ...query, description, active, draft }],
    destinations: [{ ...destination, description }],
    orchestrations: [{ ...orchestration, listName: description }],
  }
}

function idOf(objects: ReadonlyMap<string, { readonly id: string }>): string {
  return [...objects.values()][0]?.id ?? ''
}

async function sideOf(workspace: string, mark: string): Promise<Side> {
  const tenant = tenantOf(place.tenant, localActor, workspace)
  await applyTo(tenant, documentOf(mark))
  const state = await readState(tenant)
  const orchestration = idOf(state.orchestration)
  const { listId } = await orchestrations.getOrchestration(tenant.db, principal, orchestration)
  const workflow = await scheduleNow(tenant, queue, { orchestrationId: orchestration })
  const ids = {
    credential: idOf(state.credential),
    dataSource: idOf(state.data_source),
    query: idOf(state.query),
    destination: idOf(state.destination),
    orchestration,
    list: listId ?? '',
    workflow,
  }
  return { tenant, ids, mark }
}

/** All that is configured, with ids and versions, and the states of the workflows. */
async function everything(): Promise<string> {
  const db = allWorkspaces(place.tenant.store.db)
  const tables = ['credential', 'data_source', 'query', 'destination', 'orchestration', 'workflow'] as const
  const rows = await Promise.all(
    tables.map((table) =>
      db
        .selectFrom(table as 'query')
        .selectAll()
        .orderBy('id')
        .execute(),
    ),
  )
  return JSON.stringify(rows)
}

const pairs = () =>
  [
    [production, other],
    [other, production],
  ] as const

describe('two workspaces with objects of the same names', () => {
  beforeEach(async () => {
    const insert = place.tenant.store.db.insertInto('workspace').values({ id: OTHER })
    await insert.onConflict((conflict) => conflict.doNothing()).execute()
    production = await sideOf(PRODUCTION, 'first mark')
    other = await sideOf(OTHER, 'second mark')
  })

  test('what one is answered is its own alone', async () => {
    for (const [own, foreign] of pairs()) {
      for (const name of [
        'listQueries',
        'listOrchestrations',
        'listDestinations',
        'listWorkflows',
        'getListView',
      ])
        expect.soft(await silent[name]?.(own.tenant, own.ids, own.ids), name).not.toEqual([])
      for (const [name, operation] of Object.entries(answering)) {
        const said = JSON.stringify(await operation(own.tenant, own.ids, own.ids))
        const { list: _, ...ids } = own.ids
        const marks = [own.mark, ...Object.values(ids)]
        expect
          .soft(
            marks.some((mark) => said.includes(mark)),
            `${name} answers with its own`,
          )
          .toBe(true)
        const { list: __, ...hidden } = foreign.ids
        const leaks = Object.values(hidden).filter((id) => said.includes(id))
        // Lists of an ad account are named to all who use it.
        if (name !== 'listLists' && said.includes(foreign.mark)) leaks.push(foreign.mark)
        expect.soft(leaks, `${name} answers with what is another's`).toEqual([])
      }
    }
  })

  test("what is another's is not found, and is not changed", async () => {
    const before = await everything()
    for (const [own, foreign] of pairs()) {
      const asked = Object.entries({ ...answering, ...changing }).filter(
        ([name]) => !/^(?:list|export|readState)/.test(name),
      )
      for (const [name, operation] of asked) {
        const code = await operation(own.tenant, foreign.ids, own.ids).then(
          () => 'done',
          async (error: unknown) => (await refused(Promise.reject(error as Error))).code,
        )
        expect.soft(code, name).toMatch(/^(?:workflow_)?not_found$/)
      }
      for (const [name, operation] of Object.entries(silent))
        expect.soft(await operation(own.tenant, foreign.ids, own.ids), name).toEqual([])
    }
    expect(await everything()).toBe(before)
  })

  test('a name is taken in its own workspace only, and what is used is counted there', async () => {
    for (const { tenant, ids } of [production, other]) {
      const { credential: credentialId, dataSource: dataSourceId } = ids
      const taken = [
        () =>
          sources.createDataSource(tenant, {
            kind: 'files',
            name: 'Exports',
            description: '',
            openColumns: [],
            folder: EXPORTS,
            files: ['a.csv'],
          }),
        () => queries.createQuery(tenant, { ...newQuery, name: 'Loyal', dataSourceId }),
        () =>
          destinations.createDestination(tenant, { ...newDestination, name: 'Main', credentialId }, signal),
        () =>
          orchestrations.createOrchestration(tenant, {
            ...newOrchestration,
            name: 'Daily',
            queryId: ids.query,
            destinationId: ids.destination,
          }),
      ]
      for (const work of taken) expect((await refused(work())).code).toBe('name_taken')
      expect(await credentials.getCredential(tenant.db, credentialId)).toMatchObject({ destinations: 1 })
      expect(await sources.getDataSource(tenant.db, dataSourceId)).toMatchObject({ queries: 1 })
      const used = await refused(queries.deleteQuery(tenant, ids.query))
      expect(used).toMatchObject({ code: 'in_use', data: { users: 'orchestration "Daily"' } })
    }
  })

  test("what is hidden from a person is counted in their own workspace, and says nothing of another's", async () => {
    const db = allWorkspaces(place.tenant.store.db)
    await db
      .updateTable('destination')
      .set({ admin_only: true })
      .where('id', '=', production.ids.destination)
      .execute()
    for (const [{ tenant, ids }, hidden] of [
      [production, 1],
      [other, 0],
    ] as const) {
      for (const kind of ['destination', 'orchestration', 'workflow'] as const)
        expect.soft(await countHidden(tenant.db, operator, kind), kind).toBe(hidden)
      expect
        .soft(await queries.reachOf(tenant.db, operator, { id: ids.query, name: 'Loyal' }))
        .toMatchObject({ hidden })
      expect
        .soft(await queries.getQuery(tenant.db, operator, ids.query))
        .toMatchObject({ hiddenOrchestrations: hidden })
    }
    expect(await lists.summarizeLists(other.tenant.db, operator)).toMatchObject({ lists: 1 })
  })

  test('applying a configuration with prune touches its own workspace alone', async () => {
    await takeAction(production.tenant, production.ids.workflow, 'stop')
    const before = JSON.stringify(await exportConfiguration(other.tenant))
    const nothing = {
      version: 1,
      credentials: [],
      dataSources: [],
      queries: [],
      destinations: [],
      orchestrations: [],
    }
    expect(
      shortly((await planConfiguration(production.tenant, nothing, { prune: true })).changes),
    ).toHaveLength(5)
    await applyTo(production.tenant, nothing, { prune: true })
    expect(
      shortly((await planConfiguration(production.tenant, documentOf('third'), { prune: true })).changes),
    ).toHaveLength(5)
    expect(JSON.stringify(await exportConfiguration(other.tenant))).toBe(before)
  })

  test('a due run of production is recorded there; the schedules of a sandbox are off', async () => {
    await takeAction(production.tenant, production.ids.workflow, 'stop')
    await takeAction(other.tenant, other.ids.workflow, 'stop')
    const all = allWorkspaces(place.tenant.store.db)
    await all.updateTable('orchestration').set({ next_run_at: new Date() }).execute()
    const runs = await startDueRuns(place.tenant)
    const started = runs.flatMap((run) => ('workflowId' in run ? [run.workflowId] : []))
    const rows = await all
      .selectFrom('workflow')
      .innerJoin('orchestration', 'orchestration.id', 'workflow.orchestration_id')
      .select(['workflow.workspace', 'orchestration.workspace as own'])
      .where('workflow.id', 'in', started)
      .execute()
    expect(rows).toEqual([{ workspace: PRODUCTION, own: PRODUCTION }])
  })
})

/** What asks the database nothing, or only as a part of what is asked above. */
const parts =
  `applyConfiguration planConfiguration makePlan saveStep checkQueryStep createCredential createDataSource startDueRuns
  claimTest presentEvent countHidden summarizeLists listRow withPinterest checkPlace ownTarget readOptions hasRejects receiptsDeleted recordStart change
  listPart listStandings listRuns readRun readRunResult readStatus updateVersioned named deleteUnused writeText readText`.split(
    /\s+/,
  )

test('every operation of a tenant is asked', () => {
  const names = globSync('src/{workspace,history,runs}/**/*.ts', { cwd: CHECKOUT }).flatMap((file) => {
    const code = readFileSync(join(CHECKOUT, file), 'utf8')
    return [...code.matchAll(/^export async function (\w+)/gm)].map(([, name = '']) => name)
  })
  const asked = [answering, changing, silent].flatMap((table) => Object.keys(table))
  const known = new Set([...parts, ...asked.map((name) => name.replace(/ .*/, ''))])
  expect(names.filter((name) => !known.has(name))).toEqual([])
})
