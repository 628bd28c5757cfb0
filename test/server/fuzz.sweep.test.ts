import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { AD_ACCOUNTS } from '../../simulator/main.ts'
import { requestOf } from './route-requests.ts'
import { addressOf, Fuzz, problemsOf } from './fuzz-service.ts'
import type { Sent } from './fuzz-service.ts'
import { configurations } from './fuzz-values.ts'
import { oddAuthorizations, oddPaths, rawBodies } from './nasty.ts'
import { errorProblems, leakingLines, leaksOf } from './planted.ts'
import type { Got } from './planted.ts'

queriesRunHere()

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

/** Those that need nobody, but some of them a page of this site. */
const PUBLIC: Readonly<Record<string, readonly number[]>> = {
  'me.sign-in': [400, 403],
  'me.sign-in-with-ticket': [400, 403],
  'me.where': [200],
}

/** Those that take long: they hash passwords, run queries or ask Pinterest. */
const SLOW =
  /^(?:queries\.(?:preview|count)|data-sources\.tables|users\.(?:create|set-password)|me\.|destinations\.)/

describe('every operation', () => {
  test.each(Object.keys(requestOf))('%s', async (id) => {
    const operation = fuzz.operation(id)
    await fc.assert(
      fc.asyncProperty(fuzz.requests(operation), async (asked) => {
        expect(await fuzz.problems(operation, asked)).toEqual([])
      }),
      { seed: SEED, numRuns: runs(SLOW.test(id) ? 10 : 25), endOnFailure: true },
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
  test('bodies', async () => {
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
        expect(PUBLIC[operation.id] ?? [401]).toContain(got.status)
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
        expect(got.status >= 400 && method !== 'HEAD' ? errorProblems(got) : []).toEqual([])
      }
  })
})

test('whatever a plan of a configuration accepts is applied once, or said why not', async () => {
  const { admin } = fuzz.world
  // The one that the documents speak of may have been deleted by then.
  const source = { kind: 'files', name: 'whole', folder: fuzz.service.inputDir, files: ['planted.csv'] }
  expect([201, 409]).toContain((await admin.request('POST', '/data-sources', source)).status)
  const applied: string[] = []
  await fc.assert(
    fc.asyncProperty(configurations, fc.boolean(), async (document, prune) => {
      const body = { document, prune }
      const planned = await admin.request<{ digest: string }>('POST', '/configuration/plan', body)
      fc.pre(planned.status === 200)
      const { digest } = planned.body
      const got = await ask('configuration.apply', 'POST', '/configuration/apply', { ...body, digest })
      expect(problemsOf(fuzz.operation('configuration.apply'), got)).toEqual([])
      const { changes } = await admin.ok<{ changes: { action: string }[] }>(
        'POST',
        '/configuration/plan',
        body,
      )
      const left = changes.map(({ action }) => action).filter((action) => action !== 'same')
      expect(got.status === 200 ? left : []).toEqual([])
      applied.push(got.text)
    }),
    { seed: SEED, numRuns: runs(20), endOnFailure: true },
  )
  expect(applied.some((text) => text.includes('"create"'))).toBe(true)
})

/** What an operation answers to somebody who may do all. */
async function ask(_id: string, method: string, path: string, body?: object): Promise<Got> {
  const headers = { ...fuzz.world.asAdmin, 'content-type': 'application/json' }
  return fuzz.send(method, `http://rollcall.test/api/v1${path}`, headers, body && JSON.stringify(body))
}

test('while Pinterest is down, that is what is said, and nothing is saved', async () => {
  const { make, admin } = fuzz.world
  const credential = await make.credential()
  const destination = await make.destination({ credentialId: credential })
  const body = { credentialId: credential, adAccountId: AD_ACCOUNTS.owned }
  const asked: readonly (readonly [string, string, string, object?])[] = [
    ['credentials.ad-accounts', 'GET', `/credentials/${credential}/ad-accounts`],
    ['destinations.create', 'POST', '/destinations', { ...body, name: 'while it is down' }],
    ['destinations.update', 'PATCH', `/destinations/${destination}`, { version: 1, description: 'x' }],
    ['destinations.copy', 'POST', `/destinations/${destination}/copy`, { name: 'copied while it is down' }],
  ]
  const { faults } = fuzz.service.simulator
  faults.plan({
    random: { seed: 1, share: 1, kinds: ['500', '503', 'lost-before', 'garbage-before', '429'] },
  })
  try {
    for (const [id, ...request] of [...asked, ...asked, ...asked]) {
      const got = await ask(id, ...request)
      expect(problemsOf(fuzz.operation(id), got)).toEqual([])
      expect([502, 503], `${id}: ${got.text}`).toContain(got.status)
    }
    const checked = await ask('destinations.check', 'POST', '/destinations/check', body)
    expect(problemsOf(fuzz.operation('destinations.check'), checked)).toEqual([])
    expect(JSON.parse(checked.text)).toMatchObject({ accepted: false })
  } finally {
    faults.clear()
  }
  const { items } = await admin.ok<{ items: object[] }>('GET', '/destinations?search=while%20it%20is%20down')
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
