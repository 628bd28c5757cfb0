import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { request } from 'undici'
import { expect, test } from 'vitest'
import { AD_ACCOUNTS, SENTINEL_TOKENS, startSimulator } from '../../simulator/main.ts'
import { createTestDatabase } from '../support/database.ts'
import type { Ended } from '../support/processes.ts'
import { ACCOUNT, expectPlain, job, peopleCsv, pinterestOf, printed, useShell } from './support.ts'
import type { PrintedError, ShellOptions } from './support.ts'

const shell = useShell()

interface Failure extends PrintedError {
  readonly ended: Ended
}

/** Runs `sync --json`, and gives the error it must end with. */
async function failure(args: readonly string[], options?: ShellOptions): Promise<Failure> {
  const ended = await shell.rollcall(['sync', ...args, '--json'], options)
  expectPlain(ended)
  const { error } = printed(ended)
  if (error === undefined) throw new Error(`it succeeded: ${ended.stdout}`)
  expect(Object.keys(error).toSorted()).toEqual(['actions', 'code', 'message'])
  expect(error.message).not.toMatch(/[{}]|undefined|\[object/)
  for (const { action, steps } of error.actions) {
    expect(action).toMatch(/^[a-z_]+$/)
    expect(steps.join('\n')).not.toMatch(/[{}]|undefined|\[object/)
  }
  expect(ended.code).toBe(1)
  return { ...error, ended }
}

function actionsOf(error: PrintedError): string[] {
  return error.actions.map(({ action }) => action)
}

/** Runs `plan --json` of what a sync now would fail with, and gives that error; the plan itself is none. */
async function plannedFailure(
  args: readonly string[],
  options?: ShellOptions,
): Promise<PrintedError & { outlook: string }> {
  const [asJson, asText] = [
    await shell.rollcall(['plan', ...args, '--json'], options),
    await shell.rollcall(['plan', ...args], options),
  ]
  expect([asJson.code, asText.code]).toEqual([0, 0])
  const plan = printed(asJson)
  expect(plan['state']).toBe('failed')
  if (plan.error === undefined) throw new Error(`no error: ${asJson.stdout}`)
  expect(JSON.stringify(plan)).not.toMatch(/"(?:retry|restart|stop)"|Resolve/)
  expectPlain(asText)
  expect(asText.stdout).toContain(plan.error.message)
  expect(asText.stdout).not.toMatch(
    /makes this change\.|Resolve|rollcall resolve|Retry task|Restart workflow|[{}]/,
  )
  const [, outlook = ''] =
    /Nothing was sent\. rollcall sync with the same options (would .*)\n$/.exec(asText.stdout) ?? []
  expect(outlook).toMatch(/^would (?:send .*, and then )?fail: /)
  return { ...plan.error, outlook }
}

test('not_enough_records: an empty result sends nothing and removes nobody', async () => {
  await shell.file('few.csv', peopleCsv(120))
  await shell.rollcall(['sync', ...job('few.csv', 'Few')])
  await shell.file('few.csv', peopleCsv(0))
  const { calls } = shell.simulator.control.stats()
  expect(await plannedFailure(job('few.csv', 'Few'))).toMatchObject({ code: 'not_enough_records' })
  const error = await failure(job('few.csv', 'Few'))
  expect(error).toMatchObject({ code: 'not_enough_records' })
  expect(error.message).toContain('no member was removed')
  expect(shell.members('Few')).toHaveLength(120)
  expect(shell.simulator.control.stats().calls['customer_lists/update']).toEqual(
    calls['customer_lists/update'],
  )
})

test('not_enough_records: fewer than 100 make neither a list nor an audience', async () => {
  await shell.file('some.csv', peopleCsv(99))
  expect(await plannedFailure(job('some.csv', 'Some'))).toMatchObject({
    code: 'not_enough_records',
    message: expect.stringContaining('99 valid addresses, so nothing would be sent'),
    outlook: 'would fail: not enough records.',
  })
  const error = await failure(job('some.csv', 'Some'))
  expect(error.code).toBe('not_enough_records')
  expect(error.message).toContain('99 valid addresses, so nothing was sent')
  expect(shell.simulator.control.lists(ACCOUNT, 'Some')).toEqual([])
})

test('not_enough_records: a list that has members but no audience is kept in step, and then the run fails', async () => {
  await shell.file('kept.csv', peopleCsv(120))
  shell.simulator.faults.plan({ rules: [{ operation: 'audiences/create', kind: '400-1' }] })
  expect((await failure(job('kept.csv', 'Kept'))).code).not.toBe('not_enough_records')
  expect(shell.members('Kept')).toHaveLength(120)
  await shell.file('kept.csv', peopleCsv(60))
  expect(await plannedFailure(job('kept.csv', 'Kept'))).toMatchObject({
    code: 'not_enough_records',
    outlook: 'would send 1 request, and then fail: not enough records.',
  })
  const error = await failure(job('kept.csv', 'Kept'))
  expect(error.code).toBe('not_enough_records')
  expect(error.message).toContain('the list is in step but has no audience yet')
  expect(shell.members('Kept')).toHaveLength(60)

  // What waits for a person comes first, and the plan tells what follows.
  await shell.file('kept.csv', peopleCsv(20))
  const { code, stdout } = await shell.rollcall(['plan', ...job('kept.csv', 'Kept')])
  expect(code).toBe(0)
  expect(stdout).toMatch(
    /waits for a person .*, would then send the change, and then fail: not enough records\.\n$/,
  )
})

test('plan and sync agree that too few rows are hashes, and nothing is sent', async () => {
  const hashes = Array.from(
    { length: 14 },
    (_, index) => `${index},${String(index).padStart(2, '0').repeat(32)}\n`,
  )
  await shell.file('mixed.csv', `${peopleCsv(1179)}${hashes.join('')}`)
  const hashed = [...job('mixed.csv', 'Mixed'), '--hashed']
  const planned = await plannedFailure(hashed)
  expect(planned).toMatchObject({ code: 'not_enough_records' })
  const error = await failure(hashed)
  expect(error).toMatchObject({ code: 'not_enough_records' })
  expect(error.message).toContain('1,179 rows without a hash')
  expect(shell.simulator.control.lists(ACCOUNT, 'Mixed')).toEqual([])
})

test('missing_email_column, source_not_found and query_failed', async () => {
  await shell.file('plain.csv', peopleCsv(120))
  const from = job('plain.csv', 'Source')
  const column = await failure([...from, '--email-column', 'mail'])
  expect(column.code).toBe('missing_email_column')
  expect(column.message).toContain('mail')
  const nowhere = await failure(job('nowhere.csv', 'Source'))
  expect(nowhere.code).toBe('source_not_found')
  const program = await shell.program(['sync', ...job('nowhere.csv', 'Source')])
  expect(program).toMatchObject({ code: 1, stdout: expect.not.stringContaining('✓') as string })
  expect(program.stderr + program.stdout).toContain(nowhere.message)
  expect((await failure([...from, '--query', 'select email form input'])).code).toBe('query_failed')
  expect(shell.simulator.control.lists(ACCOUNT, 'Source')).toEqual([])
})

test('authorization_error: no credential, a part of one, and one that Pinterest does not accept', async () => {
  await shell.file('auth.csv', peopleCsv(120))
  const database = await createTestDatabase()
  const without = {
    PINTEREST_APP_ID: '',
    PINTEREST_APP_SECRET: '',
    PINTEREST_REFRESH_TOKEN: '',
  }
  try {
    const none = await failure(job('auth.csv', 'Auth'), { database, env: without })
    expect(none.code).toBe('authorization_error')
    expect(none.message).toContain('PINTEREST_APP_ID')
    expect(await plannedFailure(job('auth.csv', 'Auth'), { database, env: without })).toMatchObject({
      code: 'authorization_error',
    })
    const part = await failure(job('auth.csv', 'Auth'), { database, env: { PINTEREST_APP_SECRET: '' } })
    expect(part.message).toContain('PINTEREST_APP_SECRET is not set')
    const token = SENTINEL_TOKENS.revoked
    const revoked = await failure(job('auth.csv', 'Auth'), {
      database,
      env: { PINTEREST_REFRESH_TOKEN: token },
    })
    expect(revoked.code).toBe('authorization_error')
    expect(revoked.ended.stdout + revoked.ended.stderr).not.toContain(token)
  } finally {
    await database.drop()
  }
})

function inAccount(account: string): string[] {
  return ['--from', 'account.csv', '--ad-account', account, '--list', 'Account']
}

test('insufficient_permissions and ad_account_not_found', async () => {
  await shell.file('account.csv', peopleCsv(120))
  expect((await failure(inAccount(AD_ACCOUNTS.analyst))).code).toBe('insufficient_permissions')
  expect((await plannedFailure(inAccount(AD_ACCOUNTS.analyst))).code).toBe('insufficient_permissions')
  const unknown = await failure(inAccount('1234567890'))
  expect(unknown.code).toBe('ad_account_not_found')
  expect(unknown.message).toContain('1234567890')
})

/** Somebody else makes a list, with what any client of the API has. */
async function uploadElsewhere(name: string, count: number): Promise<void> {
  const { url, control } = shell.simulator
  const records = Array.from({ length: count }, (_, index) => `person${index}@example.com`).join(',')
  const answer = await request(`${url}/ad_accounts/${ACCOUNT}/customer_lists`, {
    method: 'POST',
    headers: { authorization: `Bearer ${control.accessToken()}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name, records, list_type: 'EMAIL' }),
  })
  expect(answer.statusCode).toBe(200)
  await answer.body.dump()
}

test('list_not_empty: a list of somebody else is used only when told so', async () => {
  await uploadElsewhere('Theirs', 120)
  const asked = job('theirs.csv', 'Theirs')
  await shell.file('theirs.csv', peopleCsv(120, 60))
  const error = await failure(asked)
  expect(error.code).toBe('list_not_empty')
  expect(actionsOf(error)).toContain('adopt')
  expect(shell.members('Theirs')).toHaveLength(120)
  const planned = await plannedFailure(asked)
  expect(planned).toMatchObject({ code: 'list_not_empty' })
  expect(actionsOf(planned)).toEqual(['adopt', 'choose_another_name'])
  const adopting = printed(await shell.rollcall(['plan', ...asked, '--adopt', '--json']))
  expect(adopting).toMatchObject({ state: 'succeeded' })
  expect(await shell.rollcall(['sync', ...asked, '--adopt'])).toMatchObject({ code: 0 })
  expect(shell.members('Theirs')).toHaveLength(180)
})

test('list_not_found: a list that has gone is made anew only when told so', async () => {
  await shell.file('gone.csv', peopleCsv(120))
  const asked = job('gone.csv', 'Gone')
  await shell.rollcall(['sync', ...asked])
  shell.simulator.control.removeList(shell.simulator.control.lists(ACCOUNT, 'Gone')[0]?.id ?? '')
  const planned = await plannedFailure(asked)
  expect([planned.code, actionsOf(planned)]).toEqual(['list_not_found', ['rebuild']])
  const error = await failure(asked)
  expect(error.code).toBe('list_not_found')
  expect(actionsOf(error)).toContain('rebuild')
  expect(shell.simulator.control.lists(ACCOUNT, 'Gone')).toEqual([])
  const id = String(printed(error.ended)['workflow'])
  expect(await shell.rollcall(['resolve', id, 'rebuild'])).toMatchObject({ code: 0 })
  expect(shell.members('Gone')).toHaveLength(120)
})

test('ledger_damaged: what was told is not believed, and the list is made anew only when told so', async () => {
  // Its tokens are those of a database that nothing else uses.
  const simulator = await startSimulator({ limits: 'off', strict: true })
  const database = await createTestDatabase()
  const own = { database, env: pinterestOf(simulator) }
  const members = () => simulator.control.members(simulator.control.lists(ACCOUNT, 'Rot').at(-1)?.id ?? '')
  const client = new Client({ connectionString: database.url })
  try {
    await shell.file('rot.csv', peopleCsv(120))
    const asked = job('rot.csv', 'Rot')
    await shell.rollcall(['sync', ...asked], own)
    await flipBit(join(shell.home, 'ledger'))
    // Without the copy that other machines would have.
    await client.connect()
    await client.query('delete from stored_file')
    await shell.file('rot.csv', peopleCsv(110))
    const error = await failure(asked, own)
    expect([error.code, actionsOf(error)]).toEqual(['ledger_damaged', ['rebuild', 'retry', 'stop']])
    expect(error.message).toMatch(/^Ledger damaged: file sn_\w+\/\w\.blocks does not match its checksum\W/)
    const planned = await shell.rollcall(['plan', ...asked, '--json'], own)
    expect(planned.code).toBe(1)
    expect(printed(planned).error).toMatchObject({
      code: 'ledger_damaged',
      actions: [{ action: 'rebuild' }],
    })
    expect(members()).toHaveLength(120)
    const id = String(printed(error.ended)['workflow'])
    expect(await shell.rollcall(['resolve', id, 'rebuild'], own)).toMatchObject({ code: 0 })
    expect(members()).toHaveLength(110)
    expect(await shell.rollcall(['sync', ...asked], own)).toMatchObject({ code: 0 })
  } finally {
    await client.end()
    await database.drop()
    await simulator.close()
  }
})

/** Flips a bit in each file of the sets of the list that ran last. */
async function flipBit(ledger: string): Promise<void> {
  const lists = await Promise.all(
    (await readdir(ledger)).map(async (name) => ({ name, atMs: (await stat(join(ledger, name))).mtimeMs })),
  )
  const [newest] = lists.toSorted((one, other) => other.atMs - one.atMs)
  const dir = join(ledger, newest?.name ?? '')
  for (const name of await readdir(dir, { recursive: true })) {
    if (!/sn_\w+\/\w\.blocks$/.test(name)) continue
    const bytes = await readFile(join(dir, name))
    if (bytes.length > 0) await writeFile(join(dir, name), bytes.fill(bytes.readUInt8(3) ^ 4, 3, 4))
  }
}

test('list_changed_elsewhere: a warning whose action rebuilds the list', async () => {
  await shell.file('shared.csv', peopleCsv(120))
  const asked = job('shared.csv', 'Shared')
  await shell.rollcall(['sync', ...asked])
  const list = shell.simulator.control.lists(ACCOUNT, 'Shared')[0]?.id ?? ''
  shell.simulator.control.changeElsewhere(list, { add: ['somebody@example.com'] })
  expect(printed(await shell.rollcall(['plan', ...asked, '--json']))).toMatchObject({
    state: 'succeeded',
    warnings: [
      { code: 'list_changed_elsewhere', actions: [{ action: 'rebuild' }, { action: 'accept_list' }] },
    ],
  })
  const ended = await shell.rollcall(['sync', ...asked, '--json'])
  expect(ended.code).toBe(0)
  const result = printed(ended)
  expect(result['warnings']).toMatchObject([
    {
      code: 'list_changed_elsewhere',
      actions: [{ action: 'rebuild' }, { action: 'accept_list' }, { action: 'stop' }],
    },
  ])
  expect(printed(await shell.rollcall(['plan', ...asked, '--json']))['warnings']).toMatchObject([
    { code: 'list_changed_elsewhere' },
  ])
  const { stdout } = await shell.rollcall(['run', String(result['workflow'])])
  expect(stdout).toMatch(
    /^! Shared has everything that Rollcall sent, and changes made elsewhere: 120 members/m,
  )
  const rebuilt = await shell.rollcall(['resolve', String(result['workflow']), 'rebuild', '--json'])
  expect(printed(rebuilt)).toMatchObject({ state: 'succeeded', list: { created: true } })
  expect(shell.members('Shared')).toHaveLength(120)
})

test('pinterest_unavailable: what was confirmed stays, and the next run goes on', async () => {
  await shell.file('down.csv', peopleCsv(120))
  const [from, file, account, , list, name] = job('down.csv', 'Down')
  const error = await failure([from, file, account, AD_ACCOUNTS.unavailable, list, name] as string[])
  expect(error.code).toBe('pinterest_unavailable')
  shell.simulator.faults.plan({ rules: [{ operation: '*', kind: '503', times: 1000 }] })
  expect((await failure(job('down.csv', 'Down'))).code).toBe('pinterest_unavailable')
  shell.simulator.faults.plan({})
  expect(await shell.rollcall(['sync', ...job('down.csv', 'Down')])).toMatchObject({ code: 0 })
})

test('an action that does not fit, and a workflow that is not there', async () => {
  const unknown = await shell.rollcall(['run', 'wf_nothing', '--json'])
  expect(unknown.code).toBe(1)
  expect(printed(unknown)).toMatchObject({ error: { code: 'workflow_not_found' } })
  const nothing = await shell.rollcall(['resolve', 'wf_nothing', 'retry'])
  expect(nothing).toMatchObject({ code: 1, stdout: '' })
  await shell.file('act.csv', peopleCsv(10))
  const id = String(printed((await failure(job('act.csv', 'Act'))).ended)['workflow'])
  const mistyped = await shell.rollcall(['resolve', id, 'retyr', '--json'])
  expect(mistyped.code).toBe(2)
  expect(printed(mistyped).error?.message).toContain('Did you mean "retry"?')
  const unfit = await shell.rollcall(['resolve', id, 'approve', '--json'])
  expect(printed(unfit).error).toMatchObject({ code: 'action_not_possible' })
  expect(await shell.rollcall(['resolve', id, 'stop', '--json'])).toMatchObject({
    code: 0,
    stdout: `${JSON.stringify({ workflow: id, state: 'stopped' })}\n`,
  })
})
