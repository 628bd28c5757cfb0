import { glob, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { plainInputs } from '../../src/destinations/customer-list/inputs/inputs.ts'
import { servicesOn } from '../../src/platform/open.ts'
import { openRows } from '../../src/destinations/customer-list/tasks/query.ts'
import { createDataSource, getDataSource, updateDataSource } from '../../src/workspace/data-sources.ts'
import { tablesOf } from '../../src/workspace/preview.ts'
import type { Tenant } from '../../src/workspace/tenant.ts'
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
    expect(await getDataSource(tenant.db, before.id)).toEqual(before)
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

function addressWith(file: string): string {
  return `postgres://reader:pw@127.0.0.1:9/shop?sslrootcert=${encodeURIComponent(file)}`
}

async function answers(file: string, tenant: Tenant): Promise<string> {
  const url = addressWith(file)
  const source = { kind: 'postgres' as const, name: file, description: '', openColumns: [], url }
  const { id } = await createDataSource(tenant, source)
  const { signal } = new AbortController()
  return tablesOf(tenant, id, { mayViewPii: true, signal }).then(
    () => 'no error',
    (error: unknown) => String(error),
  )
}

/** What a run that reads with a certificate of a closed place says. */
async function running(tenant: Tenant): Promise<string> {
  const services = servicesOn(tenant, { db: tenant.db, name: 'none' })
  const job = { adAccountId: '1', list: 'a', hashed: false, yes: false, adopt: false, rejects: null }
  const from = [addressWith(join(dir, 'others', 'a.csv'))]
  const read = { from, query: 'SELECT 1', emailColumn: 'email', limits: {}, cwd: '/' }
  const inputs = { ...plainInputs, ...job, ...read }
  const { signal } = new AbortController()
  const run = { inputs, limits: tenant.limits, signal, services }
  const said = await openRows(run).then(() => 'no error', String)
  await services.close()
  return said
}

describe('certificates that the address of a database names', () => {
  test('are read where data sources may read; of others it is not told whether they are there', async () => {
    const tenant = limited()
    const closed = await answers(join(dir, 'others', 'none.pem'), tenant)
    expect(closed).toMatch(
      /CA file \(sslrootcert\) that is missing or that Rollcall may not read.*ROLLCALL_SOURCE_ROOTS/,
    )
    for (const file of [
      join(dir, 'others', 'a.csv'),
      join(dir, 'exports', 'link', 'a.csv'),
      join(dir, 'exports', 'none.pem'),
      join(dir, 'exports'),
      '/etc/passwd',
      tenant.home.secretKeyFile,
      relative(process.cwd(), join(dir, 'others', 'a.csv')),
    ])
      expect(await answers(file, tenant), file).toBe(closed)
    await writeFile(join(dir, 'exports', 'ca.pem'), 'a certificate')
    expect(await answers(join(dir, 'exports', 'ca.pem'), tenant)).toMatch(/no database answers/)
  })

  test('are held to that in runs too, other than those of the person at the command line', async () => {
    expect(await running(limited())).toMatch(/missing or that Rollcall may not read/)
    expect(await running({ ...limited(), isPersonal: true })).toMatch(/no database answers/)
  })

  test('are read from the folders of the system that hold its certificates, and from no others', async () => {
    expect(await answers('/etc/passwd', place.tenant)).toMatch(/missing or that Rollcall may not read/)
    const ofSystem = (await Array.fromAsync(glob('/etc/ssl/certs/*.{pem,crt}'))).slice(0, 1)
    for (const file of ofSystem) expect(await answers(file, limited()), file).toMatch(/no database answers/)
  })
})

test('a data source whose files are closed meanwhile can still be renamed', async () => {
  const before = await createDataSource(place.tenant, input(settingsOf(['others', '*.csv'])))
  const renamed = await updateDataSource(limited(), before.id, { version: before.version, name: 'Renamed' })
  expect(renamed.name).toBe('Renamed')
})
