import { readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { hasRejects } from '../../../src/history/rejects.ts'
import type { From } from '../../../src/sources/from.ts'
import { makeFolder } from '../../support/folder.ts'
import { impatient, openBase, openShop, people } from './support.ts'
import type { Base, Shop } from './support.ts'
import { inWorkspace, PRODUCTION } from '../../../src/store/workspace.ts'

let base: Base

beforeAll(async () => {
  base = await openBase()
})

afterAll(() => base.close())

async function shopOf(): Promise<{ shop: Shop; dir: string }> {
  const shop = await openShop(base)
  const folder = await makeFolder('rejects')
  onTestFinished(async () => {
    await shop.close()
    await folder.remove()
  })
  return { shop, dir: folder.dir }
}

const CSV = ['email', ...people(5), 'nobody', ''].join('\n')

/** Files below a folder that nothing else may be read of, reached through a link. */
async function confined(dir: string): Promise<{ from: From; cwd: string }> {
  await writeFile(join(dir, 'a.csv'), CSV)
  await writeFile(join(dir, 'b.csv'), CSV)
  await symlink('.', join(dir, 'link'))
  return { from: { kind: 'files', settings: { folder: join(dir, 'link'), files: ['*.csv'] } }, cwd: '/' }
}

test('rejects of files below a folder are named as people know them there', async () => {
  const { shop, dir } = await shopOf()
  const inputs = { ...(await confined(dir)), rejects: join(dir, 'rejects.txt') }
  expect(await shop.sync([], { inputs })).toMatchObject({ state: 'succeeded' })
  expect(await readFile(join(dir, 'rejects.txt'), 'utf8')).toBe(
    'file,row,result_row,reason,value\na.csv,6,,syntax,n•••••\nb.csv,6,,syntax,n•••••\n',
  )
})

test('a file below the folder is never taken for the list of rejects', async () => {
  const { shop, dir } = await shopOf()
  const inputs = { ...(await confined(dir)), rejects: join(dir, 'b.csv') }
  await expect(shop.sync([], { inputs })).rejects.toMatchObject({
    code: 'wrong_usage',
    message: expect.stringContaining('one of the source files') as string,
  })
  expect(await readFile(join(dir, 'b.csv'), 'utf8')).toBe(CSV)
  expect(shop.listIds()).toEqual([])
})

test('a place that is no longer good does not hold up a workflow whose rows were read', async () => {
  const { shop, dir } = await shopOf()
  await shop.sync(people(40))
  const rejects = join(dir, 'rejects.csv')
  const waiting = await shop.sync([...people(5), 'nobody'], { inputs: { rejects } })
  expect(waiting).toMatchObject({ state: 'waiting' })
  await writeFile(rejects, 'edited by a person')
  expect(await shop.resolve(waiting.id, 'approve')).toMatchObject({ state: 'succeeded' })
  expect(await readFile(rejects, 'utf8')).toBe('edited by a person')
})

test('a workflow that has not read its rows looks at the place again', async () => {
  const { shop, dir } = await shopOf()
  shop.simulator.faults.plan({ rules: [{ operation: 'ad_accounts/get', kind: '503', times: 1000 }] })
  const rejects = join(dir, 'rejects.csv')
  const rows = [...people(5), 'nobody']
  const broken = await shop.sync(rows, { inputs: { rejects }, limits: impatient })
  expect(broken).toMatchObject({ state: 'failed', code: 'pinterest_unavailable' })
  shop.simulator.faults.clear()
  await writeFile(rejects, 'mine')
  expect(await shop.resolve(broken.id, 'retry')).toMatchObject({ state: 'failed', code: 'wrong_usage' })
  expect(await readFile(rejects, 'utf8')).toBe('mine')
  expect(await readdir(dir)).toEqual(['rejects.csv'])
})

test('rows that were mended before a retry leave no list of those that were invalid before', async () => {
  const { shop, dir } = await shopOf()
  const from = [join(dir, 'customers.csv')]
  const inputs = { from, cwd: dir, keepRejects: true, thresholds: { failBelow: 20, query: 'customers' } }
  await writeFile(join(dir, 'customers.csv'), CSV)
  const failed = await shop.sync([], { inputs })
  expect(failed).toMatchObject({ state: 'failed', code: 'threshold_not_met' })
  expect(await hasRejects(inWorkspace(base.store.db, PRODUCTION), failed.id)).toBe(true)
  await writeFile(join(dir, 'customers.csv'), ['email', ...people(25)].join('\n'))
  expect(await shop.resolve(failed.id, 'retry')).toMatchObject({ state: 'succeeded' })
  expect(await hasRejects(inWorkspace(base.store.db, PRODUCTION), failed.id)).toBe(false)
})
