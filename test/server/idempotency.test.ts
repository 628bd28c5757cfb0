import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openWorld } from './every-route.ts'
import type { World } from './every-route.ts'
import { openService } from './support.ts'
import type { Client, Service } from './support.ts'

/** The same request sent again, since nobody knows whether the first one arrived. */

let service: Service
let world: World
let admin: Client

beforeAll(async () => {
  service = await openService()
  world = await openWorld(service)
  admin = world.admin
})

afterAll(async () => {
  await service.close()
})

interface Failure {
  readonly error: { readonly code: string; readonly message: string }
}

let made = 0
const fresh = (): string => `again ${(made += 1)}`

function bodyOf(name: string): object {
  return { kind: 'files', name, folder: '/x', files: ['x.csv'] }
}

function post(client: Client, body: object, key: string) {
  const headers = { 'idempotency-key': key }
  return client.request<Failure & { id: string }>('POST', '/data-sources', body, headers)
}

async function countOf(name: string): Promise<number> {
  const path = `/data-sources?search=${encodeURIComponent(name)}`
  return (await admin.ok<{ items: unknown[] }>('GET', path)).items.length
}

describe('an Idempotency-Key', () => {
  test('gives the first answer again, and one object', async () => {
    const name = fresh()
    const [first, again] = [
      await post(admin, bodyOf(name), 'again'),
      await post(admin, bodyOf(name), 'again'),
    ]
    expect(first.status).toBe(201)
    expect([again.status, again.body]).toEqual([201, first.body])
    expect(await countOf(name)).toBe(1)
  })

  test('sent five times at once makes one object', async () => {
    const name = fresh()
    const answers = await Promise.all(Array.from({ length: 5 }, () => post(admin, bodyOf(name), 'at-once')))
    const ids = answers.filter(({ status }) => status === 201).map(({ body }) => body.id)
    expect(new Set(ids).size).toBe(1)
    for (const { status, body } of answers.filter((one) => one.status !== 201)) {
      expect(status).toBe(400)
      expect(body.error.message).toContain('has not finished')
    }
    expect(await countOf(name)).toBe(1)
  })

  test('runs an orchestration once', async () => {
    const path = `/orchestrations/${await world.make.orchestration()}/run`
    const headers = { 'idempotency-key': 'one-run' }
    const [first, again] = [
      await admin.request('POST', path, undefined, headers),
      await admin.request('POST', path, undefined, headers),
    ]
    expect([first.status, again.status]).toEqual([202, 202])
    expect(again.body).toEqual(first.body)
  })

  test('of another request is refused, and belongs to one person', async () => {
    const [name, key] = [fresh(), fresh().replaceAll(' ', '-')]
    await post(admin, bodyOf(name), key)
    const other = await post(admin, bodyOf(fresh()), key)
    expect(other.body.error.message).toContain('used for another request')
    const elsewhere = await admin.request<Failure>('POST', '/queries', bodyOf(name), {
      'idempotency-key': key,
    })
    expect(elsewhere.status).toBe(400)
    const run = async (id: string) =>
      admin.request<Failure>('POST', `/orchestrations/${id}/run`, undefined, {
        'idempotency-key': `${key}-run`,
      })
    const [one, two] = [await world.make.orchestration(), await world.make.orchestration()]
    expect((await run(one)).status).toBe(202)
    // The same operation with the same body, of another thing.
    expect((await run(two)).body.error.message).toContain('used for another request')
    const somebody = await service.as(['datagrid_operator'])
    expect((await post(somebody, bodyOf(fresh()), key)).status).toBe(201)
  })

  test('of a request that failed may be used again', async () => {
    const name = fresh()
    const key = name.replaceAll(' ', '-')
    expect((await post(admin, { ...bodyOf(name), folder: 'relative' }, key)).status).toBe(400)
    expect((await post(admin, bodyOf(name), key)).status).toBe(201)
  })

  test('that is none is refused', async () => {
    for (const key of ['', ' ', 'two words', 'x'.repeat(201), 'é'])
      expect((await post(admin, bodyOf(fresh()), key)).status, key).toBe(400)
  })

  test('keeps nothing that a password or token could be guessed from', async () => {
    const body = {
      name: fresh(),
      email: 'guessed@example.com',
      policies: ['analyst'],
      password: 'guessed password 7',
    }
    const headers = { 'idempotency-key': 'a-new-user' }
    expect((await admin.request('POST', '/users', body, headers)).status).toBe(201)
    const key = { name: fresh(), policies: ['analyst'] }
    const answer = await admin.request<{ token: string }>('POST', '/api-keys', key, {
      'idempotency-key': 'a-new-key',
    })
    const rows = await service.platform.store.db.selectFrom('idempotency').selectAll().execute()
    const stored = JSON.stringify(rows)
    expect(stored).not.toContain(answer.body.token)
    expect(stored).not.toContain('guessed')
    const parsed = { ...body, options: undefined }
    const guesses = [body, parsed].map((guess) => JSON.stringify(['users.create', '/api/v1/users', guess]))
    for (const guess of guesses)
      expect(stored).not.toContain(createHash('sha256').update(guess).digest('base64url'))
  })
})
