import { readdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { VERSION } from '../../src/base/version.ts'
import { ACCOUNT, expectPlain, printed, useShell } from './support.ts'

const shell = useShell()
const job = ['--from', 'x.csv', '--ad-account', ACCOUNT, '--list', 'VIP']

const WRONG: readonly (readonly [args: readonly string[], message: string])[] = [
  [['snyc'], "Unknown command 'snyc'. Did you mean sync?"],
  [['pla', '--help'], "Unknown command 'pla'. Did you mean plan?"],
  [['xyzzy', '-h'], "Unknown command 'xyzzy'. `rollcall --help`"],
  [['queries', 'previw', '--help'], "Unknown command 'previw'. Did you mean preview?"],
  [['help', 'pln'], "Unknown command 'pln'. Did you mean plan?"],
  [['help', 'xyzzy'], "Unknown command 'xyzzy'. `rollcall --help`"],
  [['--jsn'], "Unknown option '--jsn'."],
  [['sync', '--lst', 'VIP'], "Unknown option '--lst'. Did you mean --list?"],
  [['plan', ...job, '--emailcolumn', 'mail'], 'Did you mean --email-column?'],
  [['sync'], '--from is missing'],
  [['sync', '--from', ''], '--from is missing'],
  [['sync', '--from', 'x.csv'], '--ad-account is missing'],
  [['sync', '--from', 'x.csv', '--ad-account', ACCOUNT], '--list is missing'],
  [
    ['sync', '--from', 'x.csv', '--ad-account', 'abc', '--list', 'VIP'],
    '--ad-account is not an ad account ID',
  ],
  [['sync', '--from', 'x.csv', '--ad-account', '1234567890123456789', '--list', 'V'], 'has 1 to 18 digits'],
  [['sync', '--from', 'x.csv', '--ad-account', '１２３', '--list', 'V'], '--ad-account is not'],
  [['sync', '--from', 'x.csv', '--ad-account', ACCOUNT, '--list', ' '], '--list is missing'],
  [['sync', '--from', 'x.csv', '--ad-account', ACCOUNT, '--list', 'a\nb'], 'control character'],
  [['plan', ...job.slice(0, -1), 'n'.repeat(256)], '256 characters; the limit (listNameCharsMax) is 255'],
  [['plan', ...job, '--email-column', ''], '--email-column is empty'],
  [['plan', ...job, '--batch-size', '0'], 'Use a whole number from 1 to 100000.'],
  [['plan', ...job, '--max-removal-percent', '101'], 'from 0 to 100'],
  [['plan', ...job, '--max-addition-percent', '1000001'], 'from 0 to 1000000'],
  [['plan', ...job, 'extra'], 'Too many arguments'],
  [['run'], "Missing required argument 'id'"],
  [['resolve', 'wf_1'], "Missing required argument 'action'"],
  [['runs', '--limit', '0'], 'above 0'],
  [['runs', '--limit'], "'--limit <count>' argument missing"],
  [['simulator', '--port', '70000'], 'from 0 to 65535'],
]

test('wrong usage is told in one line with what was meant, and ends with 2', async () => {
  const ends = await shell.rollcallEach(WRONG.map(([args]) => args))
  const seen = ends.map(({ code, stdout, stderr }, index) => {
    const [args = [], message = ''] = WRONG[index] ?? []
    const isTold = /^✗ .*\n$/.test(stderr) && stderr.includes(message)
    return [args.join(' '), code, stdout, isTold ? 'told' : stderr]
  })
  expect(seen).toEqual(WRONG.map(([args]) => [args.join(' '), 2, '', 'told']))
})

test('the version is that of the package', async () => {
  for (const option of ['--version', '-V'])
    expect(await shell.program([option])).toMatchObject({ code: 0, stdout: `${VERSION}\n`, stderr: '' })
})

test('with --json it is one object on stdout', async () => {
  const ended = await shell.program(['sync', '--lst', 'VIP', '--json'])
  expect(ended).toMatchObject({ code: 2, stderr: '' })
  expect(printed(ended)).toEqual({
    error: { code: 'wrong_usage', message: expect.stringContaining('--list') as string, actions: [] },
  })
})

test('wrong usage makes no data folder', async () => {
  const home = `${shell.dir}/never`
  await shell.rollcall(['sync', ...job.slice(0, -2)], { env: { ROLLCALL_HOME: home } })
  expect(await readdir(shell.dir)).not.toContain('never')
})

test('an address of Pinterest that is none is refused before a workflow is made', async () => {
  const before = printed(await shell.rollcall(['runs', '--json']))
  const env = { ROLLCALL_PINTEREST_API: 'nonsense' }
  const ended = await shell.rollcall(['sync', ...job, '--json'], { env })
  expect(ended.code).toBe(2)
  expect(printed(ended).error).toMatchObject({
    code: 'wrong_usage',
    message: 'ROLLCALL_PINTEREST_API is not an http or https address.',
  })
  expect(printed(await shell.rollcall(['runs', '--json']))).toEqual(before)
})

test('a port that is in use is named, with the option for another one', async () => {
  const port = String(shell.simulator.port)
  const ended = await shell.rollcall(['simulator', '--port', port])
  expect(ended).toMatchObject({ code: 2, stdout: '' })
  expect(ended.stderr).toMatch(new RegExp(`^✗ .*${port} .*in use.*--port.*\n$`))
  const asJson = await shell.rollcall(['simulator', '--port', port, '--json'])
  expect(printed(asJson).error).toMatchObject({ code: 'wrong_usage', actions: [] })
})

test('every command has help', async () => {
  const names = 'start plan sync runs run resolve status limits simulator'.split(' ')
  const [all, ...each] = await shell.rollcallEach([['--help'], ...names.map((name) => [name, '--help'])])
  for (const [index, name] of names.entries()) {
    expect(all?.stdout).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'))
    expect(each[index]).toMatchObject({ code: 0, stderr: '' })
    expect(each[index]?.stdout).toMatch(new RegExp(`^Usage: rollcall ${name}`))
  }
  expect(all?.stdout).toContain('Exit codes: 0 done, 1 failed, 2 wrong usage, 3 waits for a person.')
  const bare = await shell.program([])
  expect(bare).toEqual({ code: 0, stdout: all?.stdout, stderr: '' })
})

test('an empty data folder says what to do', async () => {
  const [runs, status, limits] = await shell.rollcallEach([['runs'], ['status'], ['limits']])
  expect(runs?.stdout).toContain('No workflow has run yet.')
  expect(status?.stdout).toContain('No customer list yet.')
  expect(limits?.stdout).toMatch(/^batchSize +10000 /m)
  expect(limits?.stdout).toMatch(/^retryForMs +20 +default 60000 /m)
  for (const ended of [runs, status, limits]) if (ended !== undefined) expectPlain(ended)
  const [runsJson, statusJson, limitsJson] = await shell.rollcallEach([
    ['runs', '--json'],
    ['status', '--json'],
    ['limits', '--json'],
  ])
  expect(runsJson?.stdout).toBe('{"runs":[]}\n')
  expect(statusJson?.stdout).toBe('{"lists":[]}\n')
  expect(JSON.parse(limitsJson?.stdout ?? '')).toMatchObject({
    limits: { batchSize: 10_000, retryForMs: 20 },
  })
})
