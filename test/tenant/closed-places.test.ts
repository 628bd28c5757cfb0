import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDataSource, getDataSource, updateDataSource } from '../../src/tenant/data-sources.ts'
import type { Tenant } from '../../src/tenant/tenant.ts'
import { applyTo, usePlace } from './configuration-support.ts'

const place = usePlace()
let dir = ''
beforeAll(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'rollcall-closed-')))
  await mkdir(join(dir, 'exports', 'daily'), { recursive: true })
  await mkdir(join(dir, 'others'))
  await writeFile(join(dir, 'others', 'a.csv'), 'email\na@example.com\n')
  await symlink(join(dir, 'others'), join(dir, 'exports', 'link'))
  await symlink(join(dir, 'exports'), join(dir, 'linked'))
})
afterAll(async () => {
  await rm(dir, { recursive: true, force: true })
})

/** Only what is below `exports` may be read. */
function limited(): Tenant {
  return { ...place.tenant, env: { ...place.tenant.env, ROLLCALL_SOURCE_ROOTS: join(dir, 'exports') } }
}

const refusal = {
  code: 'source_not_found',
  data: { detail: expect.stringContaining('ROLLCALL_SOURCE_ROOTS') },
}
const places: [folder: string, ...files: string[]][] = [
  ['others', 'a.csv'],
  ['others', '*.csv'],
  ['others', 'not-yet/a.csv'],
  ['exports', 'daily/a.csv', 'link/a.csv'],
  ['exports', 'link/*.csv'],
  ['exports-old', '*'],
  ['.', 'others/*'],
  ['.', 'a.csv'],
  ['exports/../others', '*'],
]
const open: [folder: string, ...files: string[]][] = [
  ['exports', 'daily/a.csv'],
  ['exports', '*.csv', '**/*.csv'],
  ['exports/not-yet', '*.csv'],
  ['linked', '*.csv'],
  ['.', 'exports/*.csv', '*/daily/*.csv'],
  ['..', '*/exports/*.csv'],
]
const settingsOf = ([folder, ...files]: [string, ...string[]]) => ({ folder: `${dir}/${folder}`, files })
const input = (settings: { folder: string; files: string[] }) => ({
  kind: 'files' as const,
  name: 'Files',
  description: '',
  openColumns: [],
  ...settings,
})
const documentOf = (settings: { folder: string; files: string[] }) => ({
  version: 1,
  dataSources: [{ name: 'Files', kind: 'files', ...settings }],
})

describe('files that data sources may not read', () => {
  test.each(places)('are refused when they are saved: %s %s', async (...one) => {
    const tenant = limited()
    const settings = settingsOf(one)
    await expect(createDataSource(tenant, input(settings))).rejects.toMatchObject(refusal)
    await expect(applyTo(tenant, documentOf(settings))).rejects.toMatchObject(refusal)
    const before = await createDataSource(tenant, input(settingsOf(['exports', 'a.csv'])))
    await expect(
      updateDataSource(tenant, before.id, { version: before.version, ...settings }),
    ).rejects.toMatchObject(refusal)
    await expect(applyTo(tenant, documentOf(settings))).rejects.toMatchObject(refusal)
    expect(await getDataSource(tenant.store.db, before.id)).toEqual(before)
  })

  test.each(['/etc/passwd', '/root/a.csv', '/srv/.hidden/a.csv'])('without the setting: %s', async (path) => {
    const settings = {
      folder: path.slice(0, path.lastIndexOf('/')),
      files: [path.slice(path.lastIndexOf('/') + 1)],
    }
    await expect(createDataSource(place.tenant, input(settings))).rejects.toMatchObject(refusal)
    await expect(applyTo(place.tenant, documentOf(settings))).rejects.toMatchObject(refusal)
  })
})

test.each(open)('what may be read is saved, whether it is there or not: %s %s', async (...one) => {
  const tenant = limited()
  const settings = settingsOf(one)
  await applyTo(tenant, documentOf(settings))
  const created = await createDataSource(tenant, { ...input(settings), name: 'Others' })
  expect(created.settings).toEqual(settings)
})

test('a data source whose files are closed meanwhile can still be renamed', async () => {
  const before = await createDataSource(place.tenant, input(settingsOf(['others', '*.csv'])))
  const renamed = await updateDataSource(limited(), before.id, { version: before.version, name: 'Renamed' })
  expect(renamed.name).toBe('Renamed')
})
