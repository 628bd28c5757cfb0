import { expect, test } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { ACCOUNT, expectPlain, job, peopleCsv, printed, useShell } from './support.ts'

queriesRunHere()

const shell = useShell()
const anId = expect.stringMatching(/^\d+$/) as string
const aNumber = expect.any(Number) as number
const workflowId = expect.stringMatching(/^wf_[0-9a-z]+$/) as string

test('plan --json prints what the design says, and sends nothing', async () => {
  await shell.file('plan.csv', `${peopleCsv(120)}x,\ny,PERSON1@example.com\n`)
  const ended = await shell.rollcall(['plan', ...job('plan.csv', 'Plan'), '--json'])
  expect(ended).toMatchObject({ code: 0 })
  expectPlain(ended)
  expect(printed(ended)).toEqual({
    state: 'succeeded',
    list: { id: null, name: 'Plan', created: true },
    audience: null,
    rows: { received: 122, invalid: 1, duplicates: 1, members: 120 },
    invalidByReason: { blank: 1 },
    changes: { added: 120, removed: 0, unchanged: 0 },
    sample: { arrivals: expect.any(Array) as string[], departures: [] },
    forecast: { requests: 2, seconds: aNumber },
    removal: { percent: 0, limit: '50 %', needsApproval: false },
    addition: { percent: null, limit: '200 %', needsApproval: false },
    warnings: [],
    seconds: { total: aNumber, prepare: aNumber, compare: aNumber },
  })
  expect(ended.stdout).not.toContain('person')
  expect(shell.simulator.control.lists(ACCOUNT)).toEqual([])
})

test('sync --json prints what the design says, and the list is right', async () => {
  await shell.file('sync.csv', `${peopleCsv(120)}x,\ny,PERSON1@example.com\n`)
  const ended = await shell.program(['sync', ...job('sync.csv', 'Sync'), '--json'])
  expect(ended).toMatchObject({ code: 0 })
  expectPlain(ended)
  expect(printed(ended)).toEqual({
    workflow: workflowId,
    state: 'succeeded',
    list: { id: anId, name: 'Sync', created: true },
    audience: { id: anId, name: 'Sync', created: true },
    rows: { received: 122, invalid: 1, duplicates: 1, members: 120 },
    invalidByReason: { blank: 1 },
    changes: { added: 120, removed: 0, unchanged: 0 },
    requests: { reads: aNumber, writes: 2, retries: 0, throttled: 0 },
    seconds: expect.objectContaining({ total: aNumber, prepare: aNumber, add: aNumber }) as object,
    warnings: [],
  })
  expect(shell.members('Sync')).toHaveLength(120)
  const { workflow, requests } = printed(ended)
  const shown = await shell.rollcall(['run', String(workflow)])
  expect(shown.stdout).toContain(' 2 writes, 0 retries\n')
  expect(printed(await shell.rollcall(['run', String(workflow), '--json']))).toMatchObject({ requests })

  await shell.file('sync.csv', peopleCsv(120, 20))
  const next = printed(await shell.rollcall(['sync', ...job('sync.csv', 'Sync'), '--json']))
  expect(next).toMatchObject({
    list: { created: false },
    audience: { created: false },
    changes: { added: 20, removed: 20, unchanged: 100 },
  })
})

test('without --json the result is text on stdout, and messages are on stderr', async () => {
  await shell.file('text.csv', peopleCsv(120))
  const planned = await shell.rollcall(['plan', ...job('text.csv', 'Text')])
  expectPlain(planned)
  expect(planned.stdout).toContain('+120 arrive')
  expect(planned.stdout).toContain('Nothing was sent.')
  const ended = await shell.program(['sync', ...job('text.csv', 'Text')])
  expectPlain(ended)
  expect(ended.stdout).toMatch(/^✓ Text is in step: 120 members {2}\+120 −0 {2}in /)
  expect(ended.stderr).toContain('Reading text.csv')
  expect(ended.stdout).not.toContain('Reading')
})

test('a large removal waits with exit 3, is shown everywhere, and goes on when it is approved', async () => {
  await shell.file('large.csv', peopleCsv(300))
  await shell.rollcall(['sync', ...job('large.csv', 'Large')])
  await shell.file('large.csv', peopleCsv(120, 10))
  const planned = await shell.rollcall(['plan', ...job('large.csv', 'Large'), '--json'])
  expect(printed(planned)).toMatchObject({
    state: 'waiting',
    removal: { percent: 60, limit: '50 %', needsApproval: true },
    error: { code: 'large_removal', actions: [{ action: 'approve' }] },
    changes: { removed: 180 },
    sample: { departures: [] },
    warnings: [],
  })
  const text = await shell.rollcall(['plan', ...job('large.csv', 'Large')])
  // Nor does a part of a hash tell who leaves.
  for (const { stdout } of [planned, text]) expect(stdout).not.toMatch(/\b(?=\d*[a-f])[0-9a-f]{12}\b/)
  expect(text.stdout).toContain('Removes 60 % of the list')
  expect(text.stdout).toMatch(/Nothing was sent\..*waits for a person.*\n$/)
  const approving = await shell.rollcall(['plan', ...job('large.csv', 'Large'), '--yes', '--json'])
  expect(printed(approving)).toMatchObject({ state: 'succeeded', removal: { needsApproval: false } })

  const waiting = await shell.program(['sync', ...job('large.csv', 'Large'), '--json'])
  expect(waiting.code).toBe(3)
  // What it waits for is said in the result alone.
  expect(waiting.stderr).not.toContain('Large removal')
  const result = printed(waiting)
  expect(result).toMatchObject({
    state: 'waiting',
    error: { code: 'large_removal' },
    changes: { removed: 0 },
  })
  expect(result.error?.actions[0]?.action).toBe('approve')
  const id = String(result['workflow'])

  const status = await shell.rollcall(['status'])
  expectPlain(status)
  expect(status.stdout).toMatch(/Large +\d+ +waits for you: large removal +300/)
  const run = await shell.rollcall(['run', id])
  expectPlain(run)
  expect(run.stdout).toContain(`rollcall resolve ${id} approve`)
  expect(run.stdout).toMatch(/guard +waiting: large removal/)
  // It waits, and has not failed.
  expect(run.stdout).toMatch(/^! Large removal: /m)
  expect(run.stdout).not.toContain('✗')
  const page = await shell.rollcall(['workflows', 'get', id])
  expectPlain(page)
  expect(page.stdout).toMatch(new RegExp(`^${id}  Large  waiting\n  customer list Large \\(\\d+\\) in `))
  expect(page.stdout).toMatch(/^look up +resolve list +succeeded.*\nguard +guard +waiting: large/m)
  expect(page.stdout).toMatch(/^receipts\n.*\n +1 +remove +180 +planned/m)
  expect(page.stdout).toContain(`rollcall resolve ${id} approve`)
  expect(printed(await shell.rollcall(['run', id, '--json']))).toMatchObject({
    workflow: id,
    actions: ['approve', 'restart', 'stop'],
    tasks: expect.arrayContaining([expect.objectContaining({ task: 'guard', state: 'waiting' })]) as object[],
    receipts: [{ batch: 1, operation: 'remove', members: 180, state: 'planned' }],
  })

  const retried = await shell.rollcall(['resolve', id, 'retry', '--json'])
  // Nothing failed: it waits for a decision.
  expect(retried.code).toBe(1)
  const approved = await shell.rollcall(['resolve', id, 'approve', '--json'])
  expect(approved.code).toBe(0)
  expect(printed(approved)).toMatchObject({ workflow: id, state: 'succeeded', changes: { removed: 180 } })
  expect(shell.members('Large')).toHaveLength(120)

  const runs = await shell.rollcall(['runs', '--list', 'Large'])
  expectPlain(runs)
  expect(runs.stdout.split('\n')[1]).toMatch(new RegExp(`^${id} +Large +succeeded .* 120 +\\+0 +−180$`))
  const listed = printed(await shell.rollcall(['runs', '--list', 'Large', '--limit', '1', '--json']))
  expect(listed).toEqual({ runs: [expect.objectContaining({ workflow: id, state: 'succeeded' })] })
})

test('a large addition waits with exit 3 in the same way, and both numbers are in one report', async () => {
  const args = job('more.csv', 'More')
  await shell.file('more.csv', peopleCsv(1_000))
  await shell.rollcall(['sync', ...args])
  await shell.file('more.csv', peopleCsv(3_100, 400))
  const planned = await shell.rollcall(['plan', ...args, '--json'])
  const said =
    'Large addition: 2,500 would be added to a list of 1,000 members (250 %), more than the limit of 200 %. 400 would be removed. Nothing has been sent yet.'
  expect(printed(planned)).toMatchObject({
    state: 'waiting',
    removal: { percent: 40, limit: '50 %', needsApproval: false },
    addition: { percent: 250, limit: '200 %', needsApproval: true },
    error: { code: 'large_addition', message: said },
  })
  expect((await shell.rollcall(['plan', ...args])).stdout).toContain('Adds 250 % of the list (2,500 members)')
  const waiting = await shell.rollcall(['sync', ...args, '--json'])
  expect(waiting.code).toBe(3)
  const result = printed(waiting)
  expect(result).toMatchObject({ error: { code: 'large_addition', message: said }, changes: { added: 0 } })
  expect(shell.members('More')).toHaveLength(1_000)
  const moved = await shell.rollcall(['plan', ...args, '--max-addition-percent', '250', '--json'])
  expect(printed(moved)).toMatchObject({ state: 'succeeded', addition: { needsApproval: false } })
  const approved = await shell.rollcall(['resolve', String(result['workflow']), 'approve', '--json'])
  expect(printed(approved)).toMatchObject({ state: 'succeeded', changes: { added: 2_500, removed: 400 } })
})

test('--yes approves a large removal, --max-removal-percent moves the limit', async () => {
  await shell.file('yes.csv', peopleCsv(300))
  await shell.rollcall(['sync', ...job('yes.csv', 'Yes')])
  await shell.file('yes.csv', peopleCsv(140))
  const limit = ['--max-removal-percent', '60']
  expect(await shell.rollcall(['sync', ...job('yes.csv', 'Yes'), ...limit])).toMatchObject({ code: 0 })
  await shell.file('yes.csv', peopleCsv(100, 1000))
  expect(await shell.rollcall(['sync', ...job('yes.csv', 'Yes'), '--yes'])).toMatchObject({ code: 0 })
  expect(shell.members('Yes')).toHaveLength(100)
})

test('Ctrl-C stops a run in an orderly way, and a second run at the same time is refused', async () => {
  await shell.file('stop.csv', peopleCsv(120))
  shell.simulator.faults.plan({ rules: [{ operation: 'customer_lists/create', kind: 'hang-before' }] })
  const sync = ['sync', ...job('stop.csv', 'Stop'), '--json']
  let second: Promise<Awaited<ReturnType<typeof shell.program>>> | null = null
  const first = await shell.program(sync, {
    onStderr: (text, child) => {
      if (second !== null || !text.includes('120 to add')) return
      second = shell.program(sync)
      void second.then(() => child.kill('SIGINT'))
    },
  })
  expect(first.code).toBe(1)
  expect(printed(first)).toMatchObject({ state: 'stopped', error: { code: 'stopped' } })
  const refused = await (second as unknown as ReturnType<typeof shell.program>)
  expect(refused.code).toBe(1)
  expect(printed(refused).error).toMatchObject({
    code: 'already_running',
    message: expect.stringContaining(String(printed(first)['workflow'])) as string,
  })
  expect(await shell.rollcall(sync)).toMatchObject({ code: 0 })
  expect(shell.members('Stop')).toHaveLength(120)
})
