import { copyFile, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { openWorld } from './every-route.ts'
import type { World } from './every-route.ts'
import { openService } from './support.ts'
import type { Client, Service } from './support.ts'
import { allWorkspaces } from '../../src/store/workspace.ts'
import { defectsIn, fresh, makeQuery, refusalOf } from './refusals.ts'

/** Files of Rollcall itself, and of the system, are no data source. */

queriesRunHere()

let service: Service
let admin: Client
let secretRuns: readonly string[]

beforeAll(async () => {
  service = await openService()
  const { dir, secretKeyFile } = service.platform.home
  await symlink(dir, join(service.inputDir, 'link'))
  await copyFile(secretKeyFile, join(dir, 'key.csv'))
  await openWorld(service, async (make, client) => {
    admin = client
    return (secretRuns = await runEach(make))
  })
})

afterAll(() => service.close())

const queryOn = (dataSourceId: string, text: string): Promise<string> => makeQuery(admin, dataSourceId, text)

const refusal = (method: string, path: string, body: unknown, code?: string): Promise<string> =>
  refusalOf(admin, method, path, body, code)

describe('files of Rollcall itself', () => {
  test('are refused when a data source is saved or changed that leads to them', async () => {
    const body = { kind: 'files', name: fresh(), folder: '/x', files: ['x.csv'] }
    const { id } = await admin.ok<{ id: string }>('POST', '/data-sources', body)
    for (const place of secretPlaces()) {
      const saved = { kind: 'files', name: fresh(), ...place }
      expect(await refusal('POST', '/data-sources', saved, 'source_not_found')).toContain('not read')
      const change = { version: 1, ...place }
      expect(await refusal('PATCH', `/data-sources/${id}`, change, 'source_not_found')).toContain('not read')
    }
  })

  test.each(['preview', 'count'])('are not read by a %s, wherever the data source points', async (what) => {
    for (const place of secretPlaces()) {
      const id = await sourceOf(place)
      const query = await queryOn(id, 'SELECT * FROM input')
      const said = await refusal('POST', `/queries/${query}/${what}`, {}, 'source_not_found')
      expect(said).toContain('not read')
      expect(await admin.fails('GET', `/data-sources/${id}/tables`)).toBe('source_not_found')
    }
  })

  test('are not read by a run', async () => {
    const key = await readFile(service.platform.home.secretKeyFile, 'utf8')
    for (const workflow of secretRuns) {
      const text = JSON.stringify(await admin.ok('GET', `/workflows/${workflow}`))
      expect(text).toContain('"source_not_found"')
      expect(text).not.toContain(key.trim().slice(0, 20))
    }
  })
})

/** Data sources that lead to secrets, one way or another. */
function secretPlaces(): readonly { readonly folder: string; readonly files: readonly string[] }[] {
  const { dir } = service.platform.home
  return [
    { folder: dir, files: ['key.csv'] },
    { folder: dir, files: ['*'] },
    { folder: '/', files: [`${dir.slice(1)}/key.csv`] },
    { folder: join(service.inputDir, 'link'), files: ['key.csv'] },
    { folder: `${service.inputDir}/../home`, files: ['key.csv'] },
    { folder: '/proc/self', files: ['environ'] },
    { folder: '/', files: ['proc/self/environ'] },
  ]
}

/** As one that was saved before such places were refused, or to which a link leads since. */
async function sourceOf(place: object): Promise<string> {
  const body = { kind: 'files', name: fresh(), folder: '/x', files: ['x.csv'] }
  const { id } = await admin.ok<{ id: string }>('POST', '/data-sources', body)
  await leadTo(id, place)
  return id
}

async function leadTo(id: string, place: object): Promise<void> {
  const settings = JSON.stringify(place)
  await allWorkspaces(service.platform.store.db)
    .updateTable('data_source')
    .set({ settings })
    .where('id', '=', id)
    .execute()
}

/** Workflows that would send from each of them. */
async function runEach(make: World['make']): Promise<string[]> {
  const run: string[] = []
  const harmless = { folder: service.inputDir, files: ['world.csv'] }
  for (const place of secretPlaces()) {
    const dataSourceId = await sourceOf(harmless)
    const queryId = await queryOn(dataSourceId, 'SELECT * FROM input')
    await admin.ok('POST', `/queries/${queryId}/activate`, { version: 1 })
    await leadTo(dataSourceId, place)
    const path = `/orchestrations/${await make.orchestration({ queryId })}/run`
    run.push((await admin.ok<{ workflow: string }>('POST', path)).workflow)
  }
  return run
}

test('nothing here was a defect', () => {
  expect(defectsIn(service.log())).toEqual([])
})
