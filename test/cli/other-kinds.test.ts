import { afterAll, beforeAll, expect, test } from 'vitest'
import { addDestinationKinds } from '../../src/destinations/registry.ts'
import { CODE } from '../destinations/kinds/toy/destination-kind.ts'
import { authorize, ended, openService, setUp } from '../server/support.ts'
import type { Client, Service } from '../server/support.ts'
import { runHere } from '../support/command-line.ts'
import type { Ended } from '../support/processes.ts'
import { queriesRunHere } from '../support/queries-here.ts'

/** What the command line says of workflows that bring no customer list in step: the words of their kind. */

queriesRunHere()

const parts = {} as { remove: () => void; service: Service; operator: Client }

beforeAll(async () => {
  parts.remove = await addDestinationKinds(new URL('../destinations/kinds/', import.meta.url))
  parts.service = await openService()
  parts.operator = await parts.service.as(['datagrid_operator'])
  await parts.service.startWorker()
})

afterAll(async () => {
  await parts.service.close()
  parts.remove()
})

/** The command line beside the service: on its data folder and its database. */
async function rollcall(...args: string[]): Promise<Ended> {
  const { home, store } = parts.service.platform
  const { user, password, host, database } = store.connection
  const url = `postgres://${user}:${String(password)}@/${database}?host=${encodeURIComponent(host ?? '')}`
  return runHere(args, { cwd: home.dir, env: { ROLLCALL_HOME: home.dir, DATABASE_URL: url } })
}

/** The id of a workflow of the toy kind that has ended. */
async function delivered(name: string, labels: readonly string[]): Promise<string> {
  const { service, operator } = parts
  const ids = await setUp(service, operator, { name: `${name} people`, emails: ['person@example.com'] })
  const { refreshToken } = await authorize(service.simulator)
  const { id: appId, secret: appSecret } = service.simulator.app
  const credential = await operator.ok<{ id: string }>('POST', '/credentials', {
    name,
    appId,
    appSecret,
    refreshToken,
  })
  const toy = { kind: 'toy', depot: 'north', code: CODE, credentialId: credential.id }
  const destination = await operator.ok<{ id: string }>('POST', '/destinations', { ...toy, name, labels })
  const body = { name, queryId: ids.query, destinationId: destination.id }
  const orchestration = await operator.ok<{ id: string }>('POST', '/orchestrations', body)
  const { workflow } = await operator.ok<{ workflow: string }>(
    'POST',
    `/orchestrations/${orchestration.id}/run`,
  )
  await ended(service, operator, workflow)
  return workflow
}

test('a workflow without a list says its own result', async () => {
  const id = await delivered('Parcels', ['fast', 'red', 'loud'])
  const shown = await rollcall('run', id)
  expect(shown).toMatchObject({ code: 0, stderr: '' })
  expect(shown.stdout).toContain(`${id}  Parcels  succeeded\n`)
  expect(shown.stdout).toMatch(/✓ Completed {2}in .*\n {2}Parcels: 3 at the door\n$/)
  expect(shown.stdout).not.toMatch(/list|in step|member|null/)
  const printed = JSON.parse((await rollcall('run', id, '--json')).stdout) as object
  expect(printed).toMatchObject({
    workflow: id,
    state: 'succeeded',
    name: 'Parcels',
    list: null,
    summary: null,
    facts: [{ label: 'Parcels', text: '3 at the door' }],
    tasks: [{ task: 'pack' }, { task: 'deliver' }],
    warnings: [],
  })
  expect(printed).not.toHaveProperty('rows')
  const { stdout } = await rollcall('workflows', 'get', id)
  expect(stdout).toMatch(/✓ Completed {2}in .*\n {2}Parcels: 3 at the door\n$/)
})

test('a check that failed says so in the words of its kind, and what to do', async () => {
  const { service, operator } = parts
  const { credential: credentialId } = await setUp(service, operator, { emails: ['person@example.com'] })
  const toy = { kind: 'toy', name: 'Closed', depot: 'north', code: 'open barley', credentialId }
  const { status, body } = await operator.request('POST', '/destinations', toy)
  expect(status).toBe(422)
  expect(body).toMatchObject({
    error: {
      code: 'destination_refused',
      message: 'Destination refused: the code opens no door.',
      actions: [{ steps: [expect.any(String), 'Do this first: Ask the keeper for the code of the day.'] }],
      checks: [
        { check: 'door', ok: false, text: 'Destination refused: the code opens no door.' },
        { check: 'keeper', ok: null },
      ],
    },
  })
})
