import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { AD_ACCOUNTS } from '../../simulator/main.ts'
import { columns } from '../../src/cli/columns.ts'
import { commandOfItsOwn, operations, withoutCommand } from '../../src/cli/resource.ts'
import { resources } from '../../src/server/resources.ts'
import type { Ended } from '../support/processes.ts'
import { ACCOUNT, expectPlain, peopleCsv, printed, useShell } from './support.ts'

const shell = useShell()
const names = Object.keys(resources)

/** Names of the commands that a help lists below any heading. */
function listed({ stdout }: Ended): string[] {
  const lines = stdout.split(/^[^\n]*:$/m).slice(2)
  const found = [...lines.join('\n').matchAll(/^ {2}([a-z-]+)\b/gm)].map((match) => match[1] ?? '')
  return found.filter((name) => name !== 'help')
}

describe('every operation of the API has a command', () => {
  test('and every command an operation', async () => {
    const [all, ...each] = await shell.rollcallEach([['--help'], ...names.map((name) => [name, '--help'])])
    expect(each.map(({ code }) => code)).toEqual(names.map(() => 0))
    const commands = each.flatMap((ended, index) => listed(ended).map((verb) => `${names[index]}.${verb}`))
    const others = [...Object.keys(withoutCommand), ...Object.keys(commandOfItsOwn)]
    const wanted = operations().map(({ id }) => id)
    expect([...commands, ...others].toSorted()).toEqual(wanted.toSorted())
    const top = all === undefined ? [] : listed(all)
    expect(top).toEqual(expect.arrayContaining([...names, ...Object.values(commandOfItsOwn)]))
  })

  test('every verb has help, with an option for each field of the request', async () => {
    const wanted = operations().filter(
      ({ id }) => names.includes(id.split('.')[0] ?? '') && !withoutCommand[id],
    )
    const ends = await shell.rollcallEach(wanted.map(({ id }) => [...id.split('.'), '--help']))
    const seen = ends.map(({ code, stdout }, index) => [
      wanted[index]?.id,
      code,
      stdout.startsWith(`Usage: rollcall ${wanted[index]?.id.replace('.', ' ')} `),
      stdout.includes('--json'),
    ])
    expect(seen).toEqual(wanted.map(({ id }) => [id, 0, true, true]))
    const help = ends[wanted.findIndex(({ id }) => id === 'queries.update')]?.stdout ?? ''
    for (const option of [
      '--draft-email-column <text>',
      '--draft-hashed ',
      '--thresholds-fail-below <number>',
    ])
      expect(help).toContain(option)
  })

  test('a secret is asked for as a file', async () => {
    const [credential, source, password] = await shell.rollcallEach([
      ['credentials', 'create', '--help'],
      ['data-sources', 'create', '--help'],
      ['users', 'set-password', '--help'],
    ])
    const asks = / as\s+@FILE\s+or\s+-\s/
    for (const option of ['--app-secret', '--refresh-token']) expect(about(credential, option)).toMatch(asks)
    expect(about(credential, '--app-id')).not.toMatch(asks)
    expect(about(source, '--url')).toMatch(asks)
    expect(about(password, '--password')).toMatch(asks)
  })
})

/** The lines of a help about one option. */
function about(ended: Ended | undefined, option: string): string {
  const [, text = ''] = ended?.stdout.split(`  ${option} `) ?? []
  return text.split(/\n {2}-/)[0] ?? ''
}

test('every column is a field of what the API answers', () => {
  const wrong = Object.entries(columns).flatMap(([id, chosen]) => {
    const { answer } = operations().find((operation) => operation.id === id) ?? {}
    const item = inner(answer == null ? {} : z.toJSONSchema(answer, { unrepresentable: 'any' }), 'items.[]')
    const paths = chosen.map((column) => (typeof column === 'string' ? column : column[1]))
    return paths.filter((path) => inner(item, path) === undefined).map((path) => `${id}: ${path}`)
  })
  expect(wrong).toEqual([])
})

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
}

function inner(schema: unknown, path: string): Schema | undefined {
  return path.split('.').reduce<Schema | undefined>((found, name) => {
    const shapes = found?.anyOf ?? [found]
    return shapes.map((one) => (name === '[]' ? one?.items : one?.properties?.[name])).find(Boolean)
  }, schema as Schema)
}

/** What all tests use: a refresh token works once, so one credential serves them all. */
const made = {} as { ends: readonly Ended[]; credential: string; destination: string; source: string }

beforeAll(async () => {
  const { app } = shell.simulator
  await shell.file('secret.txt', `${app.secret}\n`)
  await shell.file('token.txt', `${app.refreshToken}\n`)
  await shell.file('customers.csv', peopleCsv(150))
  await shell.file('query.sql', 'SELECT id, email\nFROM input\nWHERE id < 3\n')
  const secrets = ['--app-id', app.id, '--app-secret', '@secret.txt', '--refresh-token', '@token.txt']
  const to = ['--credential-id', '$0.id', '--ad-account-id', ACCOUNT, '--admin-only']
  const files = ['--kind', 'files', '--folder', shell.dir, '--files', 'customers.csv']
  made.ends = await shell.rollcallEach([
    ['credentials', 'create', '--name', 'Main', ...secrets, '--json'],
    ['destinations', 'create', '--name', 'Brand', ...to, '--json'],
    ['data-sources', 'create', '--name', 'Shop', ...files, '--json'],
  ])
  const [credential, destination, source] = made.ends.map(
    ({ stdout }) => JSON.parse(stdout) as { id: string },
  )
  made.credential = credential?.id ?? ''
  made.destination = destination?.id ?? ''
  made.source = source?.id ?? ''
})

test('a credential takes its secrets from files, and a destination it serves is accepted', () => {
  const [credential, destination] = made.ends.map(printed)
  expect(credential).toMatchObject({ name: 'Main', version: 1, problem: null })
  expect(destination).toMatchObject({ name: 'Brand', adminOnly: true, adAccount: { id: ACCOUNT } })
  for (const secret of [shell.simulator.app.secret, shell.simulator.app.refreshToken])
    expect(JSON.stringify(made.ends)).not.toContain(secret)
})

function queryOf(name: string): string[] {
  const of = ['--data-source-id', made.source, '--draft-sql', '@query.sql']
  return ['queries', 'create', '--name', name, ...of, '--json']
}

/** An orchestration of the query that the first line made. */
function orchestrationOf(name: string): string[] {
  const of = ['--query-id', '$0.id', '--destination-id', made.destination, '--list-name', name]
  return ['orchestrations', 'create', '--name', name, ...of, '--json']
}

test('an operator runs an orchestration, and its workflow waits for a worker', async () => {
  const lines = [
    queryOf('VIP'),
    ['queries', 'preview', '$0.id'],
    ['queries', 'count', '$0.id'],
    ['queries', 'activate', '$0.id'],
    [...orchestrationOf('VIP'), '--cron', '30 2 * * *', '--automatic'],
    ['orchestrations', 'run', '$4.id'],
    ['orchestrations', 'run', '$4.id', '--json'],
    ['workflows', 'list', '--json'],
    ['workflows', '--state', 'scheduled'],
    ['workflows', 'get', '$7.items.0.id'],
    ['orchestrations'],
    ['destinations', 'delete', made.destination],
  ]
  const ends = await shell.rollcallEach(lines)
  ends.forEach(expectPlain)
  expect(ends.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])
  const told = ends.map(({ stdout, stderr }) => stdout + stderr)
  expect(told[1]?.split('\n').slice(0, 2)).toEqual(['id  email', ' 0  person0@example.com'])
  expect(told[1]).toMatch(/^3 rows in /m)
  expect(told[2]).toMatch(/^3 rows in /)
  expect(told[3]).toMatch(/^active sql +SELECT id, email\n +FROM input\n +WHERE id < 3$/m)
  expect(JSON.parse(told[4] ?? '')).toMatchObject({ automatic: true, schedule: { cron: '30 2 * * *' } })
  expect(told[5]).toMatch(/^✓ Workflow wf_\w+ is scheduled\.\nNo worker has taken it yet.*`rollcall worker`/)
  expect(JSON.parse(told[6] ?? '')).toMatchObject({ error: { code: 'already_running' } })
  const { items } = JSON.parse(told[7] ?? '') as { items: [{ id: string; state: string }] }
  const [{ id, state }] = items
  expect(state).toBe('scheduled')
  expect(told[8]).toMatch(new RegExp(`^workflow .*\n${id}  VIP +scheduled `))
  expect(told[9]).toMatch(new RegExp(`^${id}  VIP  scheduled\n  orchestration VIP or_`))
  expect(told[9]).toMatch(/^query +not started/m)
  expect(told[10]).toMatch(/^name .*\nVIP +or_\w+ +VIP +Brand +VIP +0 +yes +Every day at 02:30/)
  expect(told[11]).toMatch(/^✗ In use: destination "Brand" is used by orchestration "VIP"\. /)
})

test('a destination that Pinterest refuses shows what was checked, and is not saved', async () => {
  const to = ['--credential-id', made.credential, '--ad-account-id', AD_ACCOUNTS.analyst]
  const [refused, asJson, checked, accepted, none] = await shell.rollcallEach([
    ['destinations', 'create', '--name', 'Refused', ...to],
    ['destinations', 'create', '--name', 'Refused', ...to, '--json'],
    ['destinations', 'check', ...to],
    ['destinations', 'check', '--credential-id', made.credential, '--ad-account-id', ACCOUNT],
    ['destinations', 'list', '--search', 'Refused'],
  ])
  expect(refused).toMatchObject({ code: 1, stdout: '' })
  const checks =
    /^✓ Token accepted\n✓ Ad account "[^"]*" found\n✗ Insufficient permissions: .*\n· Customer lists not read\n/
  expect(refused?.stderr).toMatch(checks)
  expect(refused?.stderr).toContain('Sign in to Pinterest')
  expect(refused?.stderr).not.toContain('Retry task')
  expect(JSON.parse(asJson?.stdout ?? '')).toMatchObject({
    error: {
      code: 'insufficient_permissions',
      requestId: expect.any(String) as string,
      checks: [{ ok: true }, { ok: true }, { ok: false }, { ok: null }],
    },
  })
  expect(checked).toMatchObject({ code: 1, stderr: '' })
  expect(checked?.stdout).toMatch(checks)
  expect(accepted).toMatchObject({ code: 0, stdout: expect.not.stringContaining('✗') as string })
  expect(none).toEqual({ code: 0, stdout: 'None.\n', stderr: '' })
})

test('an edit leaves what is not named, takes out what is not wanted, and overwrites nobody', async () => {
  const edit = ['queries', 'update', '$0.id']
  const ends = await shell.rollcallEach([
    queryOf('Edit'),
    [...edit, '--draft-email-column', 'Email', '--thresholds-warn-below', '5', '--json'],
    [...edit, '--thresholds-fail-below', '2', '--name', '@@Edit', '--json'],
    ['queries', 'activate', '$0.id', '--json'],
    [...edit, '--no-thresholds-warn-below', '--draft-hashed', '--json'],
    [...edit, '--version', '2', '--name', 'Lost', '--json'],
    ['destinations', 'update', made.destination, '--no-admin-only', '--json'],
    [...edit, '--thresholds-warn-below', 'many'],
  ])
  const text = { sql: 'SELECT id, email\nFROM input\nWHERE id < 3', emailColumn: 'Email', hashed: false }
  const bodies = ends.slice(0, -1).map(printed)
  expect(bodies[1]).toMatchObject({ version: 2, draft: text, thresholds: { warnBelow: 5 } })
  expect(bodies[2]).toMatchObject({ name: '@Edit', draft: text, thresholds: { warnBelow: 5, failBelow: 2 } })
  expect(bodies[3]).toMatchObject({ draft: null, active: text })
  expect(bodies[4]).toMatchObject({ draft: { ...text, hashed: true }, active: text })
  expect(bodies[4]?.['thresholds']).toEqual({ failBelow: 2 })
  expect(bodies[5]?.error?.code).toBe('changed_meanwhile')
  expect(bodies[6]).toMatchObject({ adminOnly: false })
  expect(ends[7]).toMatchObject({ code: 2, stdout: '' })
  expect(ends[7]?.stderr).toContain('thresholds.warnBelow')
})

test('what may be empty is emptied with --no-, and a list by naming nothing', async () => {
  const slow = ['--events', 'slower_than', '--slower-than-ms', '60000']
  const ann = ['--name', 'Ann', '--email', 'ann@example.com', '--policies', 'marketer']
  const [alert, edited, moved, , emptied, gone, again] = await shell.rollcallEach([
    [
      'alerts',
      'create',
      '--name',
      'Slow',
      ...slow,
      '--target-to',
      'a@example.com',
      'b@example.com',
      '--json',
    ],
    ['alerts', 'update', '$0.alert.id', '--events', 'workflow_failed', '--no-slower-than-ms', '--json'],
    ['alerts', 'update', '$0.alert.id', '--target-url', 'https://hooks.example.com/x'],
    ['users', 'create', ...ann, '--options', 'restrict_downloads', '--json'],
    ['users', 'update', '$3.id', '--options', '--json'],
    ['users', 'delete', '$3.id'],
    ['users', 'delete', '$3.id', '--json'],
  ])
  const target = { to: ['a@example.com', 'b@example.com'] }
  expect(JSON.parse(alert?.stdout ?? '')).toMatchObject({ alert: { slowerThanMs: 60_000, target } })
  expect(JSON.parse(edited?.stdout ?? '')).toMatchObject({ alert: { slowerThanMs: null, target } })
  expect(moved?.stdout).toMatch(/^secret {2}\S+\nStore it now: it is shown only once\.\n/)
  expect(JSON.parse(emptied?.stdout ?? '')).toMatchObject({ policies: ['marketer'], options: [] })
  expect(gone).toMatchObject({ code: 0, stdout: expect.stringMatching(/^✓ Done: delete a user/) as string })
  expect(JSON.parse(again?.stdout ?? '')).toMatchObject({ error: { code: 'not_found' } })
})

test('a workflow of an orchestration is resolved by workers, not by this process', async () => {
  const ends = await shell.rollcallEach([
    queryOf('Resolved'),
    ['queries', 'activate', '$0.id'],
    orchestrationOf('Resolved'),
    ['orchestrations', 'run', '$2.id', '--json'],
    ['resolve', '$3.workflow', 'stop', '--json'],
    ['resolve', '$3.workflow', 'restrt'],
    ['workflows', 'actions', '$3.workflow'],
    ['resolve', '$3.workflow', 'restart', '--json'],
    ['workflows', 'stop', '$7.workflow', '--json'],
    ['resolve', 'wf_nowhere', 'stop', '--json'],
  ])
  const told = ends.map(({ stdout, stderr }) => stdout + stderr)
  const { workflow } = JSON.parse(told[3] ?? '') as { workflow: string }
  expect(JSON.parse(told[4] ?? '')).toEqual({ workflow, state: 'stopped' })
  expect(told[5]).toContain('"restart"')
  expect(told[6]).toContain(`rollcall resolve ${workflow} restart`)
  expect(told[6]).toMatch(/query Resolved: rollcall queries get qy_/)
  expect(JSON.parse(told[7] ?? '')).toMatchObject({ state: 'scheduled' })
  expect(JSON.parse(told[8] ?? '')).toMatchObject({ state: 'stopped' })
  expect(JSON.parse(told[9] ?? '')).toMatchObject({ error: { code: 'workflow_not_found' } })
  expect(ends.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 2, 0, 0, 0, 1])
  expect(shell.simulator.control.lists(ACCOUNT)).toEqual([])
})

test('files of the API are printed as they are', async () => {
  const ends = await shell.rollcallEach([
    ['activity', 'export'],
    ['activity', 'export', '--json'],
    ['activity', '--limit', '1'],
  ])
  const [csv, asJson, page] = ends as [Ended, Ended, Ended]
  expect(csv.stdout).toMatch(/^event_id,/)
  expect(csv.stdout).toContain('activity.exported')
  expect(printed(asJson)).toEqual({ text: expect.stringContaining('event_id,') as string })
  expect(page.stdout).toMatch(/activity\.exported/)
  expect(page.stdout).toMatch(/--cursor '\d+'/)
})

test('texts of others cannot move the cursor', async () => {
  const row = "SELECT chr(27) || '[2J' || chr(13) AS email FROM input"
  const ends = await shell.rollcallEach([
    queryOf('Escape'),
    ['queries', 'update', '$0.id', '--description', 'a\u001b[2Jb', '--draft-sql', 'SELECT 1\n-- \u001b[2J'],
    ['queries', 'update', '$0.id', '--draft-sql', row],
    ['queries', 'preview', '$0.id'],
    ['queries', 'update', '$0.id', '--draft-sql', 'SELECT \u001b[2J'],
    ['queries', 'preview', '$0.id'],
  ])
  ends.forEach(expectPlain)
  expect(ends.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 1])
})

const WRONG: readonly (readonly [args: readonly string[], message: string])[] = [
  [['credentails', 'list'], "Unknown command 'credentails'. Did you mean credentials? `rollcall --help`"],
  [['credentials', 'lst'], "Unknown command 'lst'. Did you mean list? `rollcall credentials --help`"],
  [
    ['queries', 'update', 'qy_1', '--draft-sq', 'x'],
    'Did you mean --draft-sql? `rollcall queries update --help`',
  ],
  [['queries', '--serch', 'x'], 'Did you mean --search?'],
  [['queries', 'get'], "Missing required argument 'id'"],
  [['queries', 'get', 'qy_1', 'extra'], 'Too many arguments'],
  [['me', 'sign-in'], "Unknown command 'sign-in'"],
  [['users', 'create', '--name', '@nowhere.txt'], 'The file nowhere.txt cannot be read: it does not exist.'],
  [['users', 'create', '--name', '-', '--email', '-'], 'Only one option can be read from standard input.'],
]

test('wrong usage is told in one line with what was meant, before anything is opened', async () => {
  const env = { DATABASE_URL: 'nonsense' }
  const ends = await shell.rollcallEach(
    WRONG.map(([args]) => args),
    { env },
  )
  const seen = ends.map(({ code, stdout, stderr }, index) => {
    const [args = [], message = ''] = WRONG[index] ?? []
    return [args.join(' '), code, stdout, stderr.includes(message) ? 'told' : stderr]
  })
  expect(seen).toEqual(WRONG.map(([args]) => [args.join(' '), 2, '', 'told']))
})

test('what is required or of a wrong kind is told in the words of the API', async () => {
  const ends = await shell.rollcallEach([
    ['credentials', 'create', '--json'],
    ['data-sources', 'create', '--kind', 'fiels', '--json'],
    ['workflows', 'list', '--limit', 'many', '--json'],
  ])
  expect(ends.map(({ code }) => code)).toEqual([2, 2, 2])
  const told = ends.map((ended) => printed(ended).error?.message)
  expect(told).toEqual([
    expect.stringContaining('appId') as string,
    expect.stringContaining('kind') as string,
    expect.stringContaining('limit') as string,
  ])
})
