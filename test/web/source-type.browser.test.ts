import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { may, policyNames } from '../../src/access/permissions.ts'
import { addSourceTypes } from '../../src/sources/registry.ts'
import { inWorkspace, PRODUCTION } from '../../src/store/workspace.ts'
import { membersOn, runOf, setUp } from '../server/support.ts'
import type { Client } from '../server/support.ts'
import { MEMBERS, TOKEN } from '../sources/types/toy/source-type.ts'
import { makeFolder } from '../support/folder.ts'
import { queriesRunHere } from '../support/queries-here.ts'
import { complaintsOf, openConsole } from './console.ts'
import type { Console } from './console.ts'
import { messageOf, runAsOperator } from './toys.ts'

queriesRunHere()

/** A type of data source that is one folder below `test/sources/types`, and is there everywhere without another change. */

interface Source {
  readonly id: string
  readonly version: number
  readonly kind: string
  readonly settings: object
}

let remove: () => void
let console: Console
let operator: Client
let folder: Awaited<ReturnType<typeof makeFolder>>

const toy = { kind: 'toy', shelf: 'bears', token: TOKEN }

beforeAll(async () => {
  remove = await addSourceTypes(new URL('../sources/types/', import.meta.url))
  console = await openConsole()
  operator = await console.service.as(['datagrid_operator'])
  folder = await makeFolder('toys')
})

afterAll(async () => {
  remove()
  await console.close()
  await folder.remove()
})

const rollcall = (...args: string[]): Promise<string> =>
  runAsOperator(console, { cwd: folder.dir, secrets: { TOY_TOKEN: TOKEN } }, args)
const errorOf = (method: string, path: string, body: object): Promise<string> =>
  messageOf(operator, method, path, body)

test('the API takes it, checks it, shows what it declares and sends its rows', async () => {
  const { items } = await operator.ok<{ items: { kind: string }[] }>('GET', '/data-source-types')
  expect(items.map(({ kind }) => kind)).toEqual(['files', 'postgres', 'toy'])
  expect(await errorOf('POST', '/data-sources', { name: 'None', kind: 'toy', shelf: 'bears' })).toContain(
    'token is missing',
  )
  expect(await errorOf('POST', '/data-sources', { ...toy, name: 'Upper', shelf: 'BEARS' })).toContain(
    'shelf takes lower-case letters',
  )
  expect(await errorOf('POST', '/data-sources', { ...toy, name: 'More', folder: '/x' })).toContain('"folder"')
  const made = await operator.ok<Source>('POST', '/data-sources', { ...toy, name: 'API' })
  expect(made.settings).toEqual({ shelf: 'bears' })
  expect(JSON.stringify(made)).not.toContain(TOKEN)
  expect(await operator.ok('GET', `/data-sources/${made.id}/tables`)).toMatchObject({
    items: [{ name: 'bears', columns: [{ name: 'email' }] }],
  })
  const { db } = console.service.platform.store
  const rows = await inWorkspace(db, PRODUCTION).selectFrom('data_source').selectAll().execute()
  expect(JSON.stringify(rows)).not.toContain(TOKEN)
})

test('its own words say why a secret does not open it, without the secret', async () => {
  const wrong = { ...toy, name: 'Wrong', token: 'open barley' }
  const { id } = await operator.ok<Source>('POST', '/data-sources', wrong)
  const answer = await operator.request<{ error: { code: string; message: string } }>(
    'GET',
    `/data-sources/${id}/tables`,
  )
  expect(answer.body.error).toMatchObject({ code: 'source_refused' })
  expect(answer.body.error.message).toContain('the shelf does not open for this token')
  expect(JSON.stringify(answer.body)).not.toContain('barley')
})

test('its secret goes nowhere else without being given again, and what may be left out can be taken out', async () => {
  const { id } = await operator.ok<Source>('POST', '/data-sources', { ...toy, name: 'Moved' })
  const path = `/data-sources/${id}`
  expect(await errorOf('PATCH', path, { version: 1, shelf: 'dolls' })).toContain('token is needed again')
  const labelled = { version: 1, shelf: 'dolls', token: TOKEN, labels: ['soft', 'old'] }
  expect(await operator.ok('PATCH', path, labelled)).toMatchObject({
    settings: { shelf: 'dolls', labels: ['soft', 'old'] },
  })
  const bare = await operator.ok<Source>('PATCH', path, { version: 2, token: TOKEN, labels: null })
  expect(bare.settings).toEqual({ shelf: 'dolls' })
  expect(await operator.ok<Source>('PATCH', path, { version: 3, name: 'Renamed' })).toMatchObject({
    version: 4,
  })
})

test('a run reads it, and says nothing of where', async () => {
  const { service } = console
  const ids = await setUp(service, operator, { emails: ['other@example.com'] })
  const source = await operator.ok<Source>('POST', '/data-sources', { ...toy, name: 'Run' })
  const made = async (path: string, body: object) =>
    (await operator.ok<{ id: string }>('POST', path, body)).id
  const draft = { sql: 'the bears' }
  const query = await made('/queries', { name: 'Bears', dataSourceId: source.id, draft })
  expect(await operator.ok('POST', `/queries/${query}/preview`, {})).toMatchObject({
    columns: [{ name: 'email' }],
    masked: false,
  })
  expect(await operator.ok('POST', `/queries/${query}/count`, {})).toMatchObject({ rows: MEMBERS })
  await operator.ok('POST', `/queries/${query}/activate`, { version: 1 })
  const restricted = await service.as(['analyst'], ['restrict_pii_access'])
  const masked = await restricted.ok('POST', `/queries/${query}/preview`, {})
  expect(masked).toMatchObject({ masked: true, rowCount: null })
  expect(JSON.stringify(masked)).not.toContain('bears0@example.com')
  const own = { typed: { sql: 'mine' } }
  expect(await restricted.fails('POST', `/queries/${query}/preview`, own)).toBe('access_denied')
  const to = { queryId: query, destinationId: ids.destination, listName: 'Bears' }
  const orchestration = await made('/orchestrations', { name: 'Bears', ...to })
  const worker = await service.startWorker()
  const run = await runOf(service, operator, { orchestration })
  await worker.close()
  expect(run).toMatchObject({
    state: 'succeeded',
    rows: { received: MEMBERS, members: MEMBERS },
    inputs: { from: [] },
  })
  expect(JSON.stringify(run)).not.toContain(TOKEN)
  expect(membersOn(service, 'Bears')).toHaveLength(MEMBERS)
})

test('the command line has an option for each of its settings, and takes its secret from a file', async () => {
  await writeFile(join(folder.dir, 'token'), TOKEN)
  expect(await rollcall('data-sources', 'types')).toMatch(/toy +Toy shelf/)
  expect(await rollcall('data-sources', 'create', '--help')).toMatch(
    /--token <text> +opens the shelf; write-only;\s+only for toy;\s+as @FILE/,
  )
  const options = ['--name', 'Line', '--shelf', 'cars', '--token', '@token', '--labels', 'fast', 'red']
  const created = await rollcall('data-sources', 'create', '--kind', 'toy', ...options, '--json')
  expect(created).toMatch(/^0 /)
  expect(JSON.parse(created.slice(2))).toMatchObject({ settings: { shelf: 'cars', labels: ['fast', 'red'] } })
})

test('a configuration file holds it without its secret, and applies it with one of the environment', async () => {
  const file = join(folder.dir, 'toys.yaml')
  await operator.ok('POST', '/data-sources', { ...toy, name: 'Kept' })
  expect(await rollcall('export', '-o', file)).toMatch(/^0 /)
  const text = await readFile(file, 'utf8')
  expect(text).toContain('kind: toy\n    shelf: bears\n')
  expect(await rollcall('apply', '-f', file)).toContain('Nothing to change.')
  const document = async (lines: string): Promise<void> =>
    writeFile(file, `version: 1\ndataSources:\n  - name: Filed\n    kind: toy\n    ${lines}\n`)
  await document('shelf: trains')
  expect(await rollcall('apply', '-f', file, '--yes')).toContain('token: {env: NAME}')
  await document('shelf: trains\n    token: {env: TOY_TOKEN}')
  expect(await rollcall('apply', '-f', file, '--yes')).toContain('Applied 1 change.')
  expect(await rollcall('apply', '-f', file, '--yes')).toContain('Nothing to change.')
  await document('shelf: boats')
  expect(await rollcall('apply', '-f', file, '--yes')).toContain('it would be sent to another place')
  await document('shelf: boats\n    token: open sesame')
  expect(await rollcall('apply', '-f', file, '--yes')).toContain('Secrets do not belong in a file')
})

test.each(policyNames)(
  '%s may do with it what its policy says, and never reads its secret',
  async (policy) => {
    const { id } = await operator.ok<Source>('POST', '/data-sources', { ...toy, name: `Walked by ${policy}` })
    const client = await console.service.as([policy])
    const routes = [
      ['GET', '/data-source-types', undefined, 'data_source:view'],
      ['GET', '/data-sources', undefined, 'data_source:view'],
      ['GET', `/data-sources/${id}`, undefined, 'data_source:view'],
      ['GET', `/data-sources/${id}/tables`, undefined, 'query:view'],
      ['POST', '/data-sources', { ...toy, name: `Made by ${policy}` }, 'data_source:edit'],
      ['PATCH', `/data-sources/${id}`, { version: 1, ...moved }, 'data_source:edit'],
      ['GET', '/configuration', undefined, 'configuration:export'],
      ['DELETE', `/data-sources/${id}`, undefined, 'data_source:edit'],
    ] as const
    const principal = {
      kind: 'user',
      id: '',
      name: '',
      policies: [policy],
      options: [],
      sessionId: null,
    } as const
    for (const [method, path, body, permission] of routes) {
      const answer = await client.request(method, path, body)
      expect(answer.status < 400, `${method} ${path}`).toBe(may(principal, permission))
      expect(JSON.stringify(answer.body)).not.toContain(TOKEN)
    }
  },
)

const moved = { shelf: 'dolls', token: TOKEN }

test('the console makes its form and its page from what it declares', async () => {
  const page = await console.signedIn('datagrid_operator', { at: '/settings/data-sources?dialog=new' })
  const complaints = complaintsOf(page)
  const dialog = page.getByRole('dialog', { name: 'Add data source' })
  await dialog.getByRole('radio', { name: 'Toy shelf' }).check()
  await dialog.getByLabel('Name').fill('On screen')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.getByText('Name the shelf.').waitFor()
  await dialog.getByText('Fill in the field "Token".').waitFor()
  await dialog.getByLabel('Shelf', { exact: true }).fill('robots')
  await dialog.getByLabel('Labels').fill('loud\nshiny')
  const token = dialog.getByLabel('Token', { exact: true })
  expect(await token.getAttribute('type')).toBe('password')
  await token.fill(TOKEN)
  await dialog.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { name: 'On screen' }).waitFor()
  const facts = page.locator('dl.facts')
  await facts.getByText('stored encrypted, never shown').waitFor()
  for (const text of ['Toy shelf', 'robots', 'loud', 'shiny']) await facts.getByText(text).waitFor()
  await page.getByText('email', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Edit' }).click()
  const edit = page.getByRole('dialog', { name: 'Edit data source' })
  expect(await edit.getByLabel('Shelf', { exact: true }).inputValue()).toBe('robots')
  expect(await edit.getByLabel('Token', { exact: true }).inputValue()).toBe('')
  await edit.getByText('Opens the shelf. It is encrypted and never shown again.').waitFor()
  expect(await page.content()).not.toContain(TOKEN)
  expect(complaints).toEqual([])
})

test('once its folder is gone, what was saved shows nothing and is not read', async () => {
  const { id } = await operator.ok<Source>('POST', '/data-sources', { ...toy, name: 'Left' })
  remove()
  const { kind, settings } = await operator.ok<Source>('GET', `/data-sources/${id}`)
  expect({ kind, settings }).toEqual({ kind: 'toy', settings: {} })
  expect(await operator.fails('GET', `/data-sources/${id}/tables`)).toBe('source_not_found')
})
