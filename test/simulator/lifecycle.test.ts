import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import {
  AD_ACCOUNTS,
  DEMO_APP,
  describeSimulator,
  runSimulator,
  startSimulator,
} from '../../simulator/main.ts'
import { AUDIENCES, hashes, LISTS, startApi, textOf } from './api.ts'

const MAIN = new URL('../../simulator/main.ts', import.meta.url).href

test('a process that starts, uses and closes a simulator ends by itself', async () => {
  const program = `
    import { request } from 'node:http'
    import { startSimulator } from '${MAIN}'
    const simulator = await startSimulator({ faults: { rules: [{ operation: '*', kind: 'hang-after', times: 9 }] } })
    const headers = { authorization: 'Bearer ' + simulator.control.accessToken() }
    const call = request(simulator.url + '/ad_accounts', { headers })
    const ended = new Promise((resolve) => call.on('error', resolve))
    call.end()
    while (simulator.control.calls().length === 0) await new Promise(setImmediate)
    await simulator.close()
    await ended
    console.log('done')`
  const run = promisify(execFile)
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { timeout: 60_000 })
  expect(stdout).toBe('done\n')
})

test('the port is free after closing, also while an answer is delayed', async () => {
  const api = await startApi({ faults: { rules: [{ operation: '*', kind: 'late', delayMs: 600_000 }] } })
  const { port } = api.simulator
  const answer = api.get(LISTS).then(
    () => 'answered',
    () => 'closed',
  )
  await expect.poll(() => api.simulator.faults.pending()).toEqual([])
  await api[Symbol.asyncDispose]()
  expect(await answer).toBe('closed')
  const next = await startSimulator({ port })
  expect(next.port).toBe(port)
  await next.close()
})

test('two simulators know nothing of each other', async () => {
  await using one = await startApi()
  await using other = await startApi()
  await one.list('VIP', 1)
  expect(other.simulator.control.lists()).toEqual([])
})

test('says what to paste', async () => {
  await using api = await startApi()
  const text = describeSimulator(api.simulator)
  expect(text).toContain('# Use this refresh token in only one Rollcall')
  expect(text).toContain(`export ROLLCALL_PINTEREST_API=${api.simulator.url}\n`)
  expect(text).toContain(`export PINTEREST_APP_ID=${DEMO_APP.id}\n`)
  expect(text).toContain(AD_ACCOUNTS.owned)
})

test('runs as a program until it is told to stop', async () => {
  const controller = new AbortController()
  const lines: string[] = []
  const running = runSimulator({}, (simulator) => lines.push(describeSimulator(simulator)), controller.signal)
  await expect.poll(() => lines.length).toBe(1)
  controller.abort()
  await running
  expect(lines[0]).toContain('PINTEREST_REFRESH_TOKEN')
})

test('with a state file everything survives a restart', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'simulator-'))
  const stateFile = join(folder, 'state')
  try {
    const before = await startApi({ stateFile })
    const id = await before.list('VIP', 150)
    const rule = { customer_list_id: id }
    await before.post(AUDIENCES, { name: 'VIP', audience_type: 'CUSTOMER_LIST', rule })
    const pair = await before.refresh(DEMO_APP.refreshToken)
    const [list, audiences] = [await before.get(`${LISTS}/${id}`), await before.get(AUDIENCES)]
    await before[Symbol.asyncDispose]()
    await using after = await startApi({ stateFile })
    expect((await after.get(`${LISTS}/${id}`)).body).toEqual(list.body)
    expect((await after.get(AUDIENCES)).body).toEqual(audiences.body)
    expect(after.simulator.control.members(id)).toEqual(hashes(0, 150).toSorted())
    expect((await after.refresh(textOf(pair.body['refresh_token']))).status).toBe(200)
    expect((await after.refresh(DEMO_APP.refreshToken)).status).toBe(401)
    expect(BigInt(await after.list('VIP', 1))).toBeGreaterThan(BigInt(id))
  } finally {
    await rm(folder, { recursive: true })
  }
})
