import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { may, policyNames } from '../../src/access/permissions.ts'
import { addDestinationKinds } from '../../src/destinations/registry.ts'
import { openPlatform } from '../../src/platform/open.ts'
import { inWorkspace, PRODUCTION } from '../../src/store/workspace.ts'
import { seenByTargets, SHELVING } from '../destinations/kinds/shelf/destination-kind.ts'
import { workflowEvents } from '../../src/notify/alert-events.ts'
import { alertMessage } from '../../src/notify/alert-message.ts'
import { CODE, swept } from '../destinations/kinds/toy/destination-kind.ts'
import { authorize, ended, setUp } from '../server/support.ts'
import type { Client } from '../server/support.ts'
import { makeFolder } from '../support/folder.ts'
import { queriesRunHere } from '../support/queries-here.ts'
import { complaintsOf, openConsole } from './console.ts'
import type { Console } from './console.ts'
import { messageOf, runAsOperator } from './toys.ts'

queriesRunHere()

/** A kind of destination that is one folder below `test/destinations/kinds`, and is there everywhere without another change. */

interface Destination {
  readonly id: string
  readonly version: number
  readonly kind: string
  readonly settings: object
  readonly place: object | null
}

interface Orchestration {
  readonly id: string
  readonly target: { readonly id: string; readonly name: string } | null
}

let remove: () => void
let console: Console
let operator: Client
let folder: Awaited<ReturnType<typeof makeFolder>>
let toy: {
  readonly kind: string
  readonly depot: string
  readonly code: string
  readonly credentialId: string
}

beforeAll(async () => {
  remove = await addDestinationKinds(new URL('../destinations/kinds/', import.meta.url))
  console = await openConsole()
  operator = await console.service.as(['datagrid_operator'])
  folder = await makeFolder('toys')
  const { simulator } = console.service
  const { refreshToken } = await authorize(simulator)
  const credential = { name: 'Brand', appId: simulator.app.id, appSecret: simulator.app.secret, refreshToken }
  const { id } = await operator.ok<{ id: string }>('POST', '/credentials', credential)
  toy = { kind: 'toy', depot: 'north', code: CODE, credentialId: id }
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

test('the API takes it, checks it in its way, and shows what it declares', async () => {
  const { items } = await operator.ok<{ items: { kind: string }[] }>('GET', '/destination-kinds')
  expect(items.map(({ kind }) => kind)).toEqual(['customer_list', 'toy_shelf', 'toy'])
  const { code: _, ...closed } = toy
  expect(await errorOf('POST', '/destinations', { ...closed, name: 'None' })).toContain('code is missing')
  expect(await errorOf('POST', '/destinations', { ...toy, name: 'Upper', depot: 'NORTH' })).toContain(
    'depot takes lower-case letters',
  )
  expect(await errorOf('POST', '/destinations', { ...toy, name: 'More', adAccountId: '1' })).toContain(
    '"adAccountId"',
  )
  expect(
    await errorOf('POST', '/destinations', { ...toy, name: 'Wrong', code: 'open barley' }),
  ).not.toContain('barley')
  expect(await operator.ok('POST', '/destinations/check', { ...toy, code: 'open barley' })).toMatchObject({
    accepted: false,
    checks: [
      { check: 'door', ok: false },
      { check: 'keeper', ok: null, text: 'Keeper not asked' },
    ],
  })
  const made = await operator.ok<Destination>('POST', '/destinations', { ...toy, name: 'API' })
  expect(made).toMatchObject({
    kind: 'toy',
    settings: { depot: 'north', keeper: 'keeper of north' },
    place: { id: 'north', name: 'keeper of north' },
  })
  expect(made).not.toHaveProperty('adAccount')
  expect(JSON.stringify(made)).not.toContain(CODE)
  expect(await operator.ok('POST', `/destinations/${made.id}/check`)).toMatchObject({ accepted: true })
  const { db } = console.service.platform.store
  const rows = await inWorkspace(db, PRODUCTION).selectFrom('destination').selectAll().execute()
  expect(JSON.stringify(rows)).not.toContain(CODE)
})

test('what its workflows alert to can be chosen, in their words', async () => {
  const { items } = await operator.ok<{ items: { event: string; title: string }[] }>('GET', '/alert-events')
  expect(items.filter(({ event }) => event === 'door_closed')).toMatchObject([{ title: 'Door closed' }])
})

test('its secret goes nowhere else without being given again, and what may be left out can be taken out', async () => {
  const { id } = await operator.ok<Destination>('POST', '/destinations', { ...toy, name: 'Moved' })
  const path = `/destinations/${id}`
  expect(await errorOf('PATCH', path, { version: 1, depot: 'south' })).toContain('code is needed again')
  const labelled = { version: 1, depot: 'south', code: CODE, labels: ['soft', 'old'] }
  expect(await operator.ok('PATCH', path, labelled)).toMatchObject({
    settings: { depot: 'south', labels: ['soft', 'old'], keeper: 'keeper of south' },
  })
  const bare = await operator.ok<Destination>('PATCH', path, { version: 2, code: CODE, labels: null })
  expect(bare.settings).toEqual({ depot: 'south', keeper: 'keeper of south' })
  expect(await errorOf('PATCH', path, { version: 3, adAccountId: '1' })).toContain('has no adAccountId')
  const copy = await operator.ok<Destination>('POST', `${path}/copy`, { name: 'Copied' })
  expect(copy).toMatchObject({ kind: 'toy', settings: { depot: 'south' } })
  const administrator = await console.service.as(['datagrid_administrator'])
  expect(JSON.stringify(await administrator.ok('GET', '/activity'))).not.toContain(CODE)
})

test('the command line has an option for each of its settings, and takes its secret from a file', async () => {
  await writeFile(join(folder.dir, 'code'), CODE)
  expect(await rollcall('destinations', 'kinds')).toMatch(/toy +Toy depot/)
  expect(await rollcall('destinations', 'create', '--help')).toMatch(
    /--code <text> +opens the door; write-only;\s+only for\s+toy_shelf, toy;\s+as @FILE/,
  )
  const options = ['--name', 'Line', '--depot', 'west', '--code', '@code', '--labels', 'fast', 'red']
  const common = ['--kind', 'toy', '--credential-id', toy.credentialId]
  const created = await rollcall('destinations', 'create', ...common, ...options, '--json')
  expect(created).toMatch(/^0 /)
  expect(JSON.parse(created.slice(2))).toMatchObject({ settings: { depot: 'west', labels: ['fast', 'red'] } })
})

test('a configuration file holds it without its secret, and applies it with one of the environment', async () => {
  const file = join(folder.dir, 'toys.yaml')
  await operator.ok('POST', '/destinations', { ...toy, name: 'Kept' })
  expect(await rollcall('export', '-o', file)).toMatch(/^0 /)
  const text = await readFile(file, 'utf8')
  expect(text).toMatch(/kind: toy\n(?: {4}.*\n)* {4}depot: north\n/)
  expect(text).not.toContain('keeper')
  expect(await rollcall('apply', '-f', file)).toContain('Nothing to change.')
  const document = async (lines: string): Promise<void> =>
    writeFile(
      file,
      `version: 1\ndestinations:\n  - name: Filed\n    kind: toy\n    credential: Brand\n    ${lines}\n`,
    )
  await document('depot: east')
  expect(await rollcall('apply', '-f', file, '--yes')).toContain('code: {env: NAME}')
  await document('depot: east\n    code: {env: TOY_CODE}')
  expect(await rollcall('apply', '-f', file, '--yes')).toContain('Applied 1 change.')
  expect(await rollcall('apply', '-f', file, '--yes')).toContain('Nothing to change.')
  await document('depot: east\n    adminOnly: true')
  expect(await rollcall('apply', '-f', file, '--yes')).toContain('Applied 1 change.')
  await document('depot: harbour')
  expect(await rollcall('apply', '-f', file, '--yes')).toContain('it would be sent to another place')
  await document('depot: harbour\n    code: open sesame')
  expect(await rollcall('apply', '-f', file, '--yes')).toContain('Secrets do not belong in a file')
})

test.each(policyNames)(
  '%s may do with it what its policy says, and never reads its secret',
  async (policy) => {
    const { id } = await operator.ok<Destination>('POST', '/destinations', {
      ...toy,
      name: `Walked by ${policy}`,
      limitedPii: true,
    })
    const client = await console.service.as([policy])
    const routes = [
      ['GET', '/destination-kinds', undefined, 'destination:view'],
      ['GET', '/destinations', undefined, 'destination:view'],
      ['POST', '/destinations', { ...toy, name: `Made by ${policy}` }, 'destination:edit'],
      ['POST', `/destinations/${id}/check`, undefined, 'destination:edit'],
      ['PATCH', `/destinations/${id}`, { version: 1, depot: 'south', code: CODE }, 'destination:edit'],
      ['GET', '/configuration', undefined, 'configuration:export'],
      ['DELETE', `/destinations/${id}`, undefined, 'destination:edit'],
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
      expect(JSON.stringify(answer.body)).not.toContain(CODE)
    }
  },
)

test('the console offers it, and makes its form and its page from what it declares', async () => {
  const page = await console.signedIn('datagrid_operator', { at: '/destinations?dialog=new' })
  const complaints = complaintsOf(page)
  const dialog = page.getByRole('dialog', { name: 'New destination' })
  await dialog.getByText('Delivers a parcel for each label.').waitFor()
  await dialog.getByRole('radio', { name: 'Toy depot' }).check()
  await dialog.getByRole('button', { name: 'Continue' }).click()
  const credential = dialog.getByRole('combobox', { name: 'Credential' })
  await expect.poll(() => credential.inputValue()).not.toBe('')
  await dialog.getByRole('button', { name: 'Continue' }).click()
  await dialog.getByLabel('Name').fill('On screen')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.getByText('Name the depot.').waitFor()
  await dialog.getByText('Fill in the field "Code".').waitFor()
  expect(await dialog.getByText('Ad account').count()).toBe(0)
  await dialog.getByLabel('Depot', { exact: true }).fill('harbour')
  await dialog.getByLabel('Labels').fill('loud\nshiny')
  const code = dialog.getByLabel('Code', { exact: true })
  expect(await code.getAttribute('type')).toBe('password')
  await code.fill(CODE)
  await dialog.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { name: 'On screen' }).waitFor()
  const facts = page.locator('dl.facts')
  await facts.getByText('stored encrypted, never shown').waitFor()
  for (const text of ['Toy depot', 'harbour', 'loud', 'shiny'])
    await facts.getByText(text, { exact: true }).waitFor()
  await facts.getByText('keeper of harbour').waitFor()
  await page.getByRole('button', { name: 'Check with Toy depot' }).click()
  await page.getByText('The keeper is there').waitFor()
  await page.getByRole('button', { name: 'Edit' }).click()
  const edit = page.getByRole('dialog', { name: 'Destination settings' })
  expect(await edit.getByLabel('Depot', { exact: true }).inputValue()).toBe('harbour')
  expect(await edit.getByLabel('Code', { exact: true }).inputValue()).toBe('')
  await edit.getByLabel('Description').fill('By the sea')
  await edit.getByRole('button', { name: 'Save' }).click()
  await edit.waitFor({ state: 'detached' })
  await page.getByText('By the sea').waitFor()
  expect(await page.content()).not.toContain(CODE)
  expect(complaints).toEqual([])
})

test('an orchestration to it runs the workflow of its kind, which has no list', async () => {
  const { service } = console
  const ids = await setUp(service, operator, { emails: ['person@example.com'] })
  const destination = { ...toy, name: 'Run', labels: ['fast', 'red', 'loud'] }
  const { id } = await operator.ok<Destination>('POST', '/destinations', destination)
  const body = { name: 'Parcels', queryId: ids.query, destinationId: id }
  expect(await errorOf('POST', '/orchestrations', { ...body, listName: 'VIP' })).toContain('listName')
  const wanted = { ...body, destinationId: ids.destination }
  expect(await errorOf('POST', '/orchestrations', wanted)).toContain('listName is missing')
  const made = await operator.ok<{ id: string }>('POST', '/orchestrations', body)
  expect(made).toMatchObject({ list: null, listId: null, destination: { kind: 'toy', adAccountId: null } })
  const path = `/orchestrations/${made.id}`
  expect(await operator.fails('POST', `${path}/plan`)).toBe('action_not_possible')
  const { workflow } = await operator.ok<{ workflow: string }>('POST', `${path}/run`)
  // Until a worker has run it.
  expect(await operator.fails('POST', `${path}/run`)).toBe('already_running')
  const worker = await service.startWorker()
  const run = await ended(service, operator, workflow)
  await worker.close()
  expect(run).toMatchObject({
    state: 'succeeded',
    kind: 'toy_delivery',
    name: 'Parcels',
    list: null,
    listId: null,
    destination: { name: 'Run' },
    inputs: { depot: 'north', parcels: 3 },
    stages: [
      { stage: 'pack', state: 'succeeded' },
      { stage: 'deliver', state: 'succeeded' },
    ],
  })
  expect(JSON.stringify(run)).not.toContain(CODE)
  const { items } = await operator.ok<{ items: object[] }>('GET', '/notifications?search=Parcels')
  expect(items).toContainEqual(
    expect.objectContaining({ title: 'Parcels → Run', text: '3 parcels delivered' }),
  )
  const [event] = await workflowEvents(service.platform.store.db, workflow)
  if (event === undefined) throw new Error('the run is no event')
  expect(event.counts).toEqual({ delivered: 3 })
  expect(alertMessage(event, null).text).toContain('\nParcels: 3 at the door\n')
  const metrics = await (await service.fetch(new Request('http://rollcall.test/metrics'))).text()
  expect(metrics).toContain('\ntoy_runs 1\n')
  expect(await rollcall('orchestrations', 'list')).toContain('Parcels')
  expect(await rollcall('workflows', 'get', workflow)).toContain('succeeded')
  const file = join(folder.dir, 'runs.yaml')
  await rollcall('export', '-o', file)
  expect(await readFile(file, 'utf8')).toMatch(
    /- name: Parcels\n {4}query: .*\n {4}destination: Run\n {4}listName: null\n/,
  )
  expect(await rollcall('apply', '-f', file)).toContain('Nothing to change.')
  const page = await console.signedIn('datagrid_operator', { at: path })
  const complaints = complaintsOf(page)
  await page.getByRole('button', { name: 'Run now' }).waitFor()
  expect(await page.getByRole('button', { name: 'See the difference' }).count()).toBe(0)
  await page.getByRole('link', { name: 'Parcels' }).first().waitFor()
  await page.getByRole('button', { name: 'More for Parcels' }).click()
  await page.getByRole('menuitem', { name: 'Edit' }).click()
  const dialog = page.getByRole('dialog', { name: 'Edit orchestration' })
  await dialog.getByLabel('Name', { exact: true }).fill('Parcels by hand')
  expect(await dialog.getByLabel('List name').count()).toBe(0)
  await dialog.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { name: 'Parcels by hand' }).waitFor()
  // Closing the dialog goes to another address, and of two ways at once one would be given up.
  await dialog.waitFor({ state: 'hidden' })
  await page.goto(`/workflows/${workflow}`)
  await page.locator('dl.facts').getByText('3 at the door').waitFor()
  const { workflow: tried } = await operator.ok<{ workflow: string }>('POST', `${path}/sample`, {
    members: 1,
  })
  expect(await operator.ok('GET', `/workflows/${tried}`)).toMatchObject({
    kind: 'toy_trial',
    sample: true,
    inputs: { parcels: 1 },
  })
  await page.goto('/workflows?sample=true')
  await page.getByRole('link', { name: 'Parcels' }).waitFor()
  expect(await page.locator(`a[href="/workflows/${workflow}"]`).count()).toBe(0)
  expect(complaints).toEqual([])
})

test('one whose orchestrations write to a target stands beside lists in a configuration, runs, and no secret is in its target', async () => {
  const { service } = console
  const ids = await setUp(service, operator, { name: 'Beside', emails: ['person@example.com'] })
  const destination = { ...toy, kind: 'toy_shelf', name: 'Shelves', labels: ['fast', 'red'] }
  const { id } = await operator.ok<Destination>('POST', '/destinations', destination)
  const body = { name: 'Stacked', queryId: ids.query, destinationId: id }
  expect(await errorOf('POST', '/orchestrations', body)).toContain('name the toy shelf')
  const made = await operator.ok<Orchestration>('POST', '/orchestrations', { ...body, listName: 'Upper' })
  expect(made).toMatchObject({ list: null, listId: null, target: { name: 'Upper' } })
  expect(await errorOf('POST', '/orchestrations', { ...body, name: 'Second', listName: 'Upper' })).toContain(
    'toy shelf "Upper" of this depot is taken: it belongs to the orchestration "Stacked"',
  )
  const file = join(folder.dir, 'targets.yaml')
  await rollcall('export', '-o', file)
  const text = await readFile(file, 'utf8')
  expect(text).toMatch(/- name: Beside\n(?: {4}.*\n)* {4}listName: Beside\n/)
  expect(text).toMatch(/- name: Stacked\n(?: {4}.*\n)* {4}listName: Upper\n/)
  await writeFile(file, text.replace('listName: Upper', 'listName: Lower'))
  expect(await rollcall('apply', '-f', file, '--yes')).toContain('Applied 1 change.')
  await writeFile(file, text.replace('listName: Upper', `listName: ${'x'.repeat(300)}`))
  expect(await rollcall('apply', '-f', file, '--yes')).toContain('nameCharsMax')
  // The depot is another place, and with it the shelf is another one.
  const { target } = await operator.ok<Orchestration>('GET', `/orchestrations/${made.id}`)
  await operator.ok('PATCH', `/destinations/${id}`, { version: 1, depot: 'south', code: CODE })
  const moved = await operator.ok<Orchestration>('GET', `/orchestrations/${made.id}`)
  expect(moved.target).toEqual({ id: expect.not.stringMatching(String(target?.id)) as string, name: 'Lower' })
  const { workflow } = await operator.ok<{ workflow: string }>('POST', `/orchestrations/${made.id}/run`)
  const worker = await service.startWorker()
  const run = await ended(service, operator, workflow)
  await worker.close()
  expect(run).toMatchObject({ state: 'succeeded', kind: SHELVING, list: null, target: moved.target })
  const history = await operator.ok<{ items: object[] }>('GET', '/workflows?search=Lower')
  expect(history.items).toEqual([expect.objectContaining({ id: workflow, target: moved.target })])
  const page = await console.signedIn('datagrid_operator', { at: '/workflows' })
  await page
    .getByRole('row', { name: /Stacked/ })
    .getByText('Lower')
    .waitFor()
  await page.goto(`/orchestrations/${made.id}?dialog=edit`)
  expect(await page.getByRole('textbox', { name: 'Shelf name' }).inputValue()).toBe('Lower')
  expect(seenByTargets).not.toEqual([])
  expect(JSON.stringify(seenByTargets)).not.toContain(CODE)
})

test('each process that opens sweeps what each kind left', async () => {
  const { home, store } = console.service.platform
  const { user, password, host, database } = store.connection
  const url = `postgres://${user}:${String(password)}@/${database}?host=${encodeURIComponent(host ?? '')}`
  const before = swept.times
  const platform = await openPlatform({ ROLLCALL_HOME: home.dir, DATABASE_URL: url })
  await platform.store.close()
  expect(swept.times).toBe(before + 2)
})

test('once its folder is gone, what was saved shows nothing', async () => {
  const { id } = await operator.ok<Destination>('POST', '/destinations', { ...toy, name: 'Left' })
  remove()
  const { settings, place } = await operator.ok<Destination>('GET', `/destinations/${id}`)
  expect({ settings, place }).toEqual({ settings: {}, place: null })
  expect(await errorOf('PATCH', `/destinations/${id}`, { version: 1, name: 'Kept' })).toContain(
    'no destinations of kind "toy"',
  )
  expect(await operator.fails('POST', `/destinations/${id}/check`)).toBe('request_invalid')
  await operator.ok('DELETE', `/destinations/${id}`)
})
