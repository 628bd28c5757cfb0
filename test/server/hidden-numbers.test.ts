import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { maySeeDestination, may, policies, policyNames } from '../../src/access/permissions.ts'
import type { OptionName, PolicyName } from '../../src/access/permissions.ts'
import { openService, runOf, setUp } from './support.ts'
import type { Client, Service } from './support.ts'

queriesRunHere()

/** Where a person sees nothing of a kind, the answer says whether there is nothing, or how many there are that they do not see. */

const SETTINGS = [
  { adminOnly: false, limitedPii: false },
  { adminOnly: false, limitedPii: true },
  { adminOnly: true, limitedPii: false },
  { adminOnly: true, limitedPii: true },
] as const

const PLACES = [
  ['/destinations', 'destination:view'],
  ['/orchestrations', 'orchestration:view'],
  ['/orchestrations?automatic=true', 'orchestration:view'],
  ['/workflows', 'workflow:view'],
  ['/lists', 'workflow:view'],
  ['/lists?kept=true', 'workflow:view'],
  ['/lists/summary', 'workflow:view'],
] as const

const grants = [[], ['restrict_pii_access'], ['allow_limited_pii_access']] as const satisfies OptionName[][]

/** Every policy, and those of business users with limited access to personal data. */
const people = policyNames.flatMap((policy) =>
  grants
    .filter((options) => options.length === 0 || !policies[policy].grants.includes('credential:view'))
    .map((options): [PolicyName, readonly OptionName[]] => [policy, options]),
)

/** What the overview says needs attention, and what the bell counts. */
async function needing(client: Client): Promise<readonly [overview: number, bell: number]> {
  const { needPerson } = await client.ok<{ needPerson: number }>('GET', '/lists/summary')
  const { wanting } = await client.ok<{ wanting: number }>('GET', '/notifications')
  return [needPerson, wanting]
}

async function refused(client: Client, path: string): Promise<string> {
  const { body } = await client.request(path.endsWith('/read') ? 'POST' : 'GET', path)
  return (body as { error: { message: string } }).error.message
}

interface Told {
  readonly items?: readonly unknown[]
  readonly lists?: number
  readonly hidden: number
}

async function told(client: Client, path: string): Promise<{ seen: number; hidden: number }> {
  const { items, lists, hidden } = await client.ok<Told>('GET', path)
  return { seen: items?.length ?? lists ?? -1, hidden }
}

describe('a number of what is not seen', () => {
  let service: Service

  beforeAll(async () => {
    service = await openService()
    await service.startWorker()
  })

  afterAll(async () => {
    await service.close()
  })

  test.each(people)('is 0 for a %s with %j while there is nothing', async (policy, options) => {
    const client = await service.as([policy], options)
    const shown = PLACES.filter(([, permission]) => may({ policies: [policy], options }, permission))
    for (const [path] of shown) expect(await told(client, path), path).toEqual({ seen: 0, hidden: 0 })
  })

  describe('with one of each', () => {
    beforeAll(async () => {
      const operator = await service.as(['datagrid_operator'])
      for (const settings of SETTINGS) {
        const ids = await setUp(service, operator, { emails: ['jo@example.com', 'al@example.com'] })
        await operator.ok('PATCH', `/destinations/${ids.destination}`, { version: 1, ...settings })
        const schedule = { version: 1, automatic: true, cron: '0 0 1 1 *' }
        await operator.ok('PATCH', `/orchestrations/${ids.orchestration}`, schedule)
        await runOf(service, operator, ids)
      }
    })

    test.each(people)(
      'is the real one for a %s with %j, whatever a search finds',
      async (policy, options) => {
        const person = { policies: [policy], options }
        const client = await service.as([policy], options)
        const seen = SETTINGS.filter((settings) => maySeeDestination(person, settings)).length
        const hidden = SETTINGS.length - seen
        for (const [path, permission] of PLACES) {
          if (!may(person, permission)) continue
          expect(await told(client, path), path).toEqual({ seen, hidden })
          if (path === '/lists/summary') continue
          const search = `${path}${path.includes('?') ? '&' : '?'}search=loyal`
          expect((await client.ok<Told>('GET', search)).hidden, search).toBe(hidden)
          expect((await client.ok<Told>('GET', search.replace('loyal', 'nothing'))).hidden, search).toBe(
            hidden,
          )
        }
        // What is not there may be hidden only from those who do not see everything.
        for (const path of [
          '/destinations/ds_0',
          '/workflows/wf_0',
          '/lists/cl_0',
          '/notifications/nt_0/read',
        ])
          expect(await refused(client, path), path).toMatch(
            hidden === 0
              ? /there is no \w+( \w+)?\.$/
              : /there is no .*, or your access does not include it\.$/,
          )
        // Each run failed for want of members.
        expect(await needing(client)).toEqual([seen, seen])
      },
    )
  })
})
