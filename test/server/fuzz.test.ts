import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AD_ACCOUNTS } from '../../simulator/main.ts'
import { requestOf } from './every-route.ts'
import { addressOf, Fuzz, problemsOf } from './fuzz-service.ts'
import type { Sent } from './fuzz-service.ts'
import { configurations } from './fuzz-values.ts'
import { oddAuthorizations, oddPaths, rawBodies } from './nasty.ts'
import { errorProblems, leakingLines, leaksOf } from './planted.ts'

/**
 * Every operation of the OpenAPI document is asked for everything that a person or a program could get wrong, by somebody who may do
 * all: it never answers with a defect, and never tells a secret or a customer's address.
 */

const isFullSweep = process.env['ROLLCALL_SWEEP'] === 'full'
const SEED = isFullSweep ? Date.now() : 20_261
const runs = (count: number): number => (isFullSweep ? count * 20 : count)

let fuzz: Fuzz

beforeAll(async () => {
  fuzz = await Fuzz.open()
})

afterAll(async () => {
  await fuzz.close()
})

/** Those that take long: they hash passwords, run queries or ask Pinterest. */
const SLOW =
  /^(?:queries\.(?:preview|count)|data-sources\.tables|users\.(?:create|set-password)|me\.|destinations\.)/

describe('every operation', () => {
  test.each(Object.keys(requestOf))('%s', { timeout: isFullSweep ? 600_000 : 30_000 }, async (id) => {
    const operation = fuzz.operation(id)
    await fc.assert(
      fc.asyncProperty(fuzz.requests(operation), async (asked) => {
        expect(await fuzz.problems(operation, asked)).toEqual([])
      }),
      { seed: SEED, numRuns: runs(SLOW.test(id) ? 15 : 40), endOnFailure: true },
    )
  })

  test('is known here', () => {
    expect(fuzz.operations.map(({ id }) => id).toSorted()).toEqual(Object.keys(requestOf).toSorted())
  })
})

/** One request of an operation, always the same. */
async function sampleOf(operation: Parameters<Fuzz['requests']>[0]): Promise<Sent> {
  const [sent] = fc.sample(fuzz.requests(operation), { seed: SEED, numRuns: 1 })
  return fuzz.resolved(sent as Sent)
}

describe('what no schema describes', () => {
  test('bodies', { timeout: 120_000 }, async () => {
    const types = [
      'application/json',
      'application/json;charset=utf-8',
      'APPLICATION/JSON',
      'text/json',
      'application/json, text/plain',
      '',
    ]
    for (const operation of fuzz.operations.filter(({ method }) => method !== 'GET')) {
      const url = addressOf(operation, await sampleOf(operation))
      for (const [index, body] of rawBodies.entries()) {
        const as = await fuzz.whoAsks(operation)
        const headers = { ...as, 'content-type': types[index % types.length] ?? '' }
        const got = await fuzz.send(operation.method, url, headers, body)
        expect(problemsOf(operation, got), `${operation.id} with body ${index}`).toEqual([])
      }
    }
  })

  test('who asks', async () => {
    for (const operation of fuzz.operations) {
      const url = addressOf(operation, await sampleOf(operation))
      for (const authorization of oddAuthorizations) {
        const got = await fuzz.send(operation.method, url, { authorization })
        expect(problemsOf(operation, got)).toEqual([])
        // Signing in needs nobody, but a page of this site.
        expect(operation.id === 'me.sign-in' ? [400, 403] : [401]).toContain(got.status)
      }
    }
  })

  test('methods and paths', async () => {
    const known = fuzz.operations.map(
      ({ method, path }) => `${method} ${path.replaceAll(/\{\w+\}/g, 'none')}`,
    )
    const paths = new Set([...known.map((one) => one.replace(/^\w+ /, '')), ...oddPaths])
    for (const path of paths)
      for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']) {
        if (known.includes(`${method} ${path}`)) continue
        const got = await fuzz.send(method, `http://rollcall.test${path}`, fuzz.world.asAdmin)
        expect(got.status, `${method} ${path}`).toBeLessThan(500)
        expect(leaksOf(`${method} ${path}`, got)).toEqual([])
        if (got.status >= 400 && method !== 'HEAD') expect(errorProblems(got)).toEqual([])
      }
  })
})

test('whatever a plan of a configuration accepts is applied, or said why not', async () => {
  await fc.assert(
    fc.asyncProperty(configurations, fc.boolean(), async (document, prune) => {
      const planned = await fuzz.world.admin.request<{ digest: string }>('POST', '/configuration/plan', {
        document,
        prune,
      })
      if (planned.status !== 200) return
      const { digest } = planned.body
      const url = 'http://rollcall.test/api/v1/configuration/apply'
      const headers = { ...fuzz.world.asAdmin, 'content-type': 'application/json' }
      const got = await fuzz.send('POST', url, headers, JSON.stringify({ document, digest, prune }))
      expect(problemsOf(fuzz.operation('configuration.apply'), got)).toEqual([])
      const again = await fuzz.world.admin.request<{ changes: { action: string }[] }>(
        'POST',
        '/configuration/plan',
        {
          document,
          prune,
        },
      )
      if (got.status === 200) expect(again.body.changes.filter(({ action }) => action !== 'same')).toEqual([])
    }),
    { seed: SEED, numRuns: runs(20), endOnFailure: true },
  )
})

test('while Pinterest is down, that is what is said', async () => {
  const credential = await fuzz.world.make.credential()
  const destination = await fuzz.world.make.destination()
  fuzz.service.simulator.faults.plan({
    random: { seed: 1, share: 1, kinds: ['500', '503', 'lost-before', 'garbage-before', '429'] },
  })
  const body = { credentialId: credential, adAccountId: AD_ACCOUNTS.owned }
  const asked: readonly (readonly [string, string, string, object?])[] = [
    ['credentials.ad-accounts', 'GET', `/credentials/${credential}/ad-accounts`],
    ['destinations.create', 'POST', '/destinations', { ...body, name: 'while it is down' }],
    ['destinations.check', 'POST', '/destinations/check', body],
    ['destinations.update', 'PATCH', `/destinations/${destination}`, { version: 1, description: 'x' }],
    ['destinations.copy', 'POST', `/destinations/${destination}/copy`, { name: 'copied while it is down' }],
  ]
  try {
    for (let round = 0; round < 3; round += 1)
      for (const [id, method, path, sent] of asked) {
        const headers = { ...fuzz.world.asAdmin, 'content-type': 'application/json' }
        const got = await fuzz.send(
          method,
          `http://rollcall.test/api/v1${path}`,
          headers,
          sent && JSON.stringify(sent),
        )
        expect(problemsOf(fuzz.operation(id), got)).toEqual([])
        if (id !== 'destinations.check') expect([502, 503], `${id}: ${got.text}`).toContain(got.status)
      }
  } finally {
    fuzz.service.simulator.faults.clear()
  }
  const { items } = await fuzz.world.admin.ok<{ items: { name: string }[] }>(
    'GET',
    '/destinations?search=while%20it%20is%20down',
  )
  expect(items).toEqual([])
})

describe('afterwards', () => {
  test('all that was saved can be read', async () => {
    for (const operation of fuzz.operations.filter(({ id }) => /\.list$|^configuration\.export$/.test(id))) {
      const isPaged = operation.parameters.some((one) => one.name === 'cursor')
      for (let cursor: string | null = ''; cursor !== null;) {
        const query = isPaged ? `?limit=7${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}` : ''
        const got = await fuzz.send(
          'GET',
          `http://rollcall.test${operation.path}${query}`,
          fuzz.world.asAdmin,
        )
        expect(got.status).toBe(200)
        expect(problemsOf(operation, got)).toEqual([])
        cursor = isPaged ? (JSON.parse(got.text) as { nextCursor: string | null }).nextCursor : null
      }
    }
  })

  test('nothing in the log is a secret, an address or a defect', async () => {
    const log = fuzz.service.log()
    expect(leakingLines(log)).toEqual([])
    expect(log.split('\n').filter((line) => line.includes('a defect stopped'))).toEqual([])
    const metrics = await fuzz.send('GET', 'http://rollcall.test/metrics', {})
    expect(metrics.status).toBe(200)
    expect(leaksOf('metrics', metrics)).toEqual([])
  })
})
