import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AD_ACCOUNTS } from '../../simulator/main.ts'
import { hashEmail } from '../../src/members/email.ts'
import { ended, openService, people, setUp, writeCustomers } from '../server/support.ts'
import type { Client, Ids, Service } from '../server/support.ts'
import { urlOf } from '../support/database.ts'
import { CHECKOUT } from '../support/processes.ts'
import { isFullSweep } from '../destinations/customer-list/support.ts'

/**
 * Two workers with data folders of their own, as on two machines, share a database and send to one list. One of them is killed in
 * mid-send, again and again; ROLLCALL_SWEEP=full does so twenty times.
 */

const kills = isFullSweep ? 20 : 4
const MEMBERS = 600
const BATCH = 10

let service: Service
let client: Client
let ids: Ids
const workers: ChildProcess[] = []

beforeAll(async () => {
  service = await openService({ limits: { batchSize: BATCH } })
  client = await service.as(['datagrid_administrator'])
  ids = await setUp(service, client, { name: 'shared', emails: people(MEMBERS) })
  await Promise.all([startWorker(), startWorker()])
  // So that there is time to be killed between two batches.
  service.simulator.faults.plan({
    rules: [{ operation: 'customer_lists/update', kind: 'slow', delayMs: 25, times: 1_000_000 }],
  })
})

afterAll(async () => {
  await Promise.all(workers.map((worker) => end(worker)))
  await service.close()
})

let homes = 0

async function startWorker(): Promise<void> {
  homes += 1
  const home = join(service.inputDir, `home${homes}`)
  await mkdir(home)
  const limits = {
    batchSize: BATCH,
    batchesInFlight: 2,
    writesPerMinute: 100_000,
    readsPerMinute: 100_000,
    lockWaitMs: 50,
  }
  await writeFile(join(home, 'settings.json'), JSON.stringify(limits))
  const worker = spawn(
    process.execPath,
    [join(CHECKOUT, 'bin/rollcall.js'), 'worker', '--log-level', 'error'],
    {
      env: {
        ...process.env,
        ROLLCALL_HOME: home,
        DATABASE_URL: databaseUrl(),
        ROLLCALL_PINTEREST_API: service.simulator.url,
        // Both machines have the key that the secrets are sealed with.
        ROLLCALL_SECRET_KEY_FILE: service.platform.home.secretKeyFile,
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  workers.push(worker)
  let said = ''
  await new Promise<void>((resolve, reject) => {
    worker.stderr?.on('data', (piece: Buffer) => {
      said += piece.toString()
      if (said.includes('The worker is running')) resolve()
    })
    worker.once('exit', () => reject(new Error(`a worker ended: ${said}`)))
  })
}

function databaseUrl(): string {
  const { host, database, password } = service.platform.store.connection
  return urlOf({ socketDir: String(host), password: String(password) }, String(database))
}

async function end(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return
  const gone = once(worker, 'exit')
  worker.kill('SIGTERM')
  await gone
}

/** The process that runs the workflow, as the database says. */
async function holderOf(workflow: string): Promise<number | null> {
  const row = await service.platform.store.db
    .selectFrom('workflow')
    .select(['holder', 'state'])
    .where('id', '=', workflow)
    .executeTakeFirstOrThrow()
  const pid = /:(\d+)$/.exec(row.holder ?? '')?.[1]
  return row.state === 'running' && pid !== undefined ? Number(pid) : null
}

function updates(): number {
  return service.simulator.control.calls().filter(({ operation }) => operation === 'customer_lists/update')
    .length
}

function members(): string[] {
  const [list] = service.simulator.control.lists(AD_ACCOUNTS.owned, 'shared')
  return list === undefined ? [] : service.simulator.control.members(list.id)
}

/** Resolves as soon as `count` more writes have been made. */
async function untilWrites(count: number): Promise<void> {
  const wanted = updates() + count
  await expect.poll(updates, { interval: 5 }).toBeGreaterThanOrEqual(wanted)
}

test(
  `a worker killed in mid-send is replaced by the other, ${kills} times, and the list is exact each time`,
  async () => {
    let killed = 0
    for (let round = 0; killed < kills; round += 1) {
      // Every run replaces most members, so that there is much to send.
      const emails = people(MEMBERS, round * 400)
      await writeCustomers(service, 'shared', emails)
      const before = updates()
      const { workflow } = await client.ok<{ workflow: string }>(
        'POST',
        `/orchestrations/${ids.orchestration}/run`,
      )
      // The first run fills an empty list; every later one waits for approval, of which the kill must leave nothing undone.
      const first = round === 0 ? null : await ended(service, client, workflow)
      const sentUnasked = updates() - before
      if (first !== null) await client.ok('POST', `/workflows/${workflow}/actions`, { action: 'approve' })
      expect(first === null || (first.error?.code === 'large_removal' && sentUnasked === 0)).toBe(true)
      await untilWrites(3 + (round % 11))
      const pid = await holderOf(workflow)
      const victim = workers.find((worker) => worker.pid === pid)
      if (victim !== undefined) {
        const gone = once(victim, 'exit')
        victim.kill('SIGKILL')
        await gone
        killed += 1
      }
      const replaced = victim === undefined ? null : startWorker()
      const view = await ended(service, client, workflow)
      await replaced
      expect(view).toMatchObject({ state: 'succeeded', error: null })
      expect(members()).toEqual(emails.map(hashEmail).toSorted())
      expect(service.simulator.control.stats().creates['shared']).toBe(1)
      // What was confirmed before the kill is not sent again: only what was under way then.
      const batches = view.receipts.length
      const repeated = updates() - before - batches
      expect(repeated).toBeLessThanOrEqual(2 * (victim === undefined ? 0 : 1) + 1)
    }
  },
  kills * 40_000,
)
