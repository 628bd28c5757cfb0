import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addDestinationKinds } from '../../src/destinations/registry.ts'
import { CODE } from '../destinations/kinds/toy/destination-kind.ts'
import { setUp } from '../server/support.ts'
import type { Client } from '../server/support.ts'
import { makeFolder } from '../support/folder.ts'
import { queriesRunHere } from '../support/queries-here.ts'
import { complaintsOf, openConsole } from './console.ts'
import type { Console } from './console.ts'
import { messageOf, runAsOperator } from './toys.ts'

queriesRunHere()

/** Options of orchestrations that a kind of destination declares in its own folder, below `test/destinations/kinds`. */

let remove: () => void
let console: Console
let operator: Client
let folder: Awaited<ReturnType<typeof makeFolder>>

beforeAll(async () => {
  remove = await addDestinationKinds(new URL('../destinations/kinds/', import.meta.url))
  console = await openConsole()
  operator = await console.service.as(['datagrid_operator'])
  folder = await makeFolder('options')
})

afterAll(async () => {
  remove()
  await console.close()
  await folder.remove()
})

const rollcall = (...args: string[]): Promise<string> =>
  runAsOperator(console, { cwd: folder.dir, secrets: { TOY_CODE: CODE } }, args)
const errorOf = (method: string, path: string, body: object): Promise<string> =>
  messageOf(operator, method, path, body)

test('its orchestrations have the options that it declares, everywhere, and no others', async () => {
  const ids = await setUp(console.service, operator, { name: 'Options', emails: ['person@example.com'] })
  const { id } = await operator.ok<{ id: string }>('POST', '/destinations', {
    kind: 'toy',
    name: 'Optional',
    depot: 'north',
    code: CODE,
    credentialId: ids.credential,
  })
  const body = { name: 'By cart', queryId: ids.query, destinationId: id }
  // The API.
  const refused = async (wrong: object): Promise<string> =>
    errorOf('POST', '/orchestrations', { ...body, ...wrong })
  expect(await refused({ knock: 'bang' })).toContain('knock takes taps')
  expect(await refused({ fragile: 'very' })).toContain('fragile')
  expect(await refused({ adopt: true })).toContain('adopt does not apply to destination "Optional"')
  expect(await refused({ limits: { removalPercentMax: 1 } })).toContain(
    'limits.removalPercentMax does not apply',
  )
  const list = { ...body, destinationId: ids.destination, listName: 'Elsewhere' }
  expect(await errorOf('POST', '/orchestrations', { ...list, fragile: true })).toContain(
    'fragile does not apply',
  )
  const made = await operator.ok('POST', '/orchestrations', {
    ...body,
    knock: 'tap tap',
    limits: { batchSize: 7 },
  })
  expect(made).toMatchObject({ fragile: false, knock: 'tap tap', limits: { batchSize: 7 } })
  expect(made).not.toHaveProperty('adopt')
  const path = `/orchestrations/${String(made['id'])}`
  const edited = await operator.ok('PATCH', path, { version: 1, knock: null, fragile: true })
  expect(edited).toMatchObject({ fragile: true, limits: { batchSize: 7 } })
  expect(edited).not.toHaveProperty('knock')
  // Its workflows.
  const { workflow } = await operator.ok<{ workflow: string }>('POST', `${path}/run`)
  expect(await operator.ok('GET', `/workflows/${workflow}`)).toMatchObject({ inputs: { fragile: true } })
  await operator.ok('POST', `/workflows/${workflow}/actions`, { action: 'stop' })
  // The command line.
  expect(await rollcall('orchestrations', 'create', '--help')).toMatch(
    /--knock <text> +how to knock at the door;\s+only for\s+toy_shelf, toy/,
  )
  const updated = await rollcall('orchestrations', 'update', String(made['id']), '--knock', 'tap', '--json')
  expect(JSON.parse(updated.slice(2))).toMatchObject({ fragile: true, knock: 'tap' })
  // The configuration file.
  const file = join(folder.dir, 'options.yaml')
  await rollcall('export', '-o', file)
  const text = await readFile(file, 'utf8')
  expect(text).toMatch(/- name: By cart\n(?: {4}.*\n)* {4}fragile: true\n {4}knock: tap\n/)
  expect(text).toMatch(/- name: Options\n(?: {4}.*\n)* {4}adopt: false\n {4}sendAdditionsFirst: false\n/)
  expect(await rollcall('apply', '-f', file)).toContain('Nothing to change.')
  await writeFile(file, text.replace(' fragile: true', ' adopt: true'))
  expect(await rollcall('apply', '-f', file, '--yes')).toContain('adopt')
  await writeFile(file, text.replace('    fragile: true\n    knock: tap\n', ''))
  expect(await rollcall('apply', '-f', file, '--yes')).toMatch(
    /fragile[^\n]*true[^\n]*false[^]*Applied 1 change/,
  )
  const applied = await operator.ok('GET', path)
  expect(applied).toMatchObject({ fragile: false })
  expect(applied).not.toHaveProperty('knock')
  // The console.
  const page = await console.signedIn('datagrid_operator', { at: `${path}?dialog=edit` })
  const complaints = complaintsOf(page)
  const dialog = page.getByRole('dialog', { name: 'Edit orchestration' })
  await dialog.getByLabel('Fragile').check()
  await dialog.getByLabel('Knock').fill('tap tap tap')
  expect(await dialog.getByLabel('Parcels at once').inputValue()).toBe('7')
  expect(await dialog.getByLabel('Send additions while removals wait').count()).toBe(0)
  await dialog.getByRole('button', { name: 'Save' }).click()
  const facts = page.locator('dl.facts')
  for (const fact of ['Parcels at once', '7', 'Fragile', 'yes', 'tap tap tap'])
    await facts.getByText(fact, { exact: true }).waitFor()
  // Another kind's destination takes none of them.
  const moved = { version: 5, destinationId: ids.destination, listName: 'Elsewhere' }
  const now = await operator.ok('PATCH', path, moved)
  expect(now).toMatchObject({ adopt: false, sendAdditionsFirst: false, limits: { batchSize: 7 } })
  expect(now).not.toHaveProperty('fragile')
  expect(complaints).toEqual([])
})
