import { afterAll, beforeAll, expect, test } from 'vitest'
import { AD_ACCOUNTS } from '../../simulator/main.ts'
import { plainInputs } from '../../src/destinations/customer-list/inputs/inputs.ts'
import { servicesOn } from '../../src/platform/open.ts'
import { startSync } from '../../src/destinations/customer-list/start-sync.ts'
import { envOf, impatient, membersOf } from '../destinations/customer-list/support.ts'
import { actOn, membersOn, openWorkingService, people, writeCustomers } from './support.ts'
import type { Client, Service } from './support.ts'
import { inWorkspace, PRODUCTION } from '../../src/store/workspace.ts'

/** Workflows of the command line belong to no orchestration; the console resolves them all the same. */

let service: Service
let operator: Client

beforeAll(async () => {
  ;({ service, operator } = await openWorkingService())
})

afterAll(() => service.close())

/** As `rollcall sync` on the same data folder. */
async function sync(list: string, emails: readonly string[]): Promise<string> {
  await writeCustomers(service, list, emails)
  const env = envOf(service.simulator)
  const services = servicesOn(
    { ...service.platform, env },
    { db: inWorkspace(service.platform.store.db, PRODUCTION), name: 'default' },
  )
  try {
    const { workflowId } = await startSync({
      services,
      inputs: {
        ...plainInputs,
        from: [`${list}.csv`],
        query: null,
        emailColumn: 'email',
        hashed: false,
        adAccountId: AD_ACCOUNTS.owned,
        list,
        yes: false,
        adopt: false,
        rejects: null,
        limits: { ...impatient, audienceMembersMin: 1 },
        cwd: service.inputDir,
      },
      signal: new AbortController().signal,
      wait: false,
      onEvent: () => undefined,
    })
    return workflowId
  } finally {
    await services.close()
  }
}

test('an approval ends with its workflow: Restart asks again, for the very same removal', async () => {
  await sync('cli', people(120))
  const asked = await sync('cli', people(40))
  const act = (workflow: string, action: string) => actOn(service, operator, workflow, action)
  service.simulator.faults.plan({
    rules: [{ operation: 'customer_lists/update', kind: '400-1', times: 1000 }],
  })
  expect(await act(asked, 'approve')).toMatchObject({ state: 'failed', error: { code: 'pinterest_refused' } })
  service.simulator.faults.clear()
  const again = await act(asked, 'restart')
  expect(again).toMatchObject({ state: 'waiting', error: { code: 'large_removal' }, orchestration: null })
  expect(membersOn(service, 'cli')).toEqual(membersOf(people(120)))
  expect(await act(again.id, 'approve')).toMatchObject({ state: 'succeeded' })
  expect(membersOn(service, 'cli')).toEqual(membersOf(people(40)))
})
