import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { createTestDatabase } from '../support/database.ts'
import { CHECKOUT } from '../support/processes.ts'
import { ACCOUNT, expectPlain, printed, useShell } from './support.ts'

const shell = useShell()

beforeAll(async () => {
  await shell.file('customers-1.csv', 'email\nana@example.com\n')
})

const brand = `
  - name: Brand
    appId: {env: PINTEREST_APP_ID}
    appSecret: {env: PINTEREST_APP_SECRET}
    refreshToken: {env: PINTEREST_REFRESH_TOKEN}`

const whole = (listName = 'VIP', account: string = ACCOUNT) => `version: 1
credentials:${brand}
dataSources:
  - {name: Exports, kind: files, folder: ${shell.dir}, files: [customers-*.csv]}
queries:
  - name: Loyal
    dataSource: Exports
    active:
      sql: |
        select email
        from input
destinations:
  - {name: Main, credential: Brand, adAccountId: '${account}'}
orchestrations:
  - {name: Daily, query: Loyal, destination: Main, listName: ${listName}}
`

test('apply shows the difference and waits for a person; --yes applies it, once', async () => {
  const file = await shell.file('whole.yaml', whole())
  const waiting = await shell.rollcall(['apply', '-f', file])
  expectPlain(waiting)
  expect(waiting).toMatchObject({ code: 3, stderr: '' })
  expect(waiting.stdout).toContain('+ credential "Brand"\n    plugin: "pinterest"\n    appId: given\n')
  expect(waiting.stdout).toContain('    active.sql:\n      + select email\n      + from input\n')
  expect(waiting.stdout).toContain(
    '5 to create\nNothing was changed: this needs your confirmation. Use --yes to apply it.\n',
  )
  expect((await shell.rollcall(['export'])).stdout).toContain('orchestrations: []')

  const applied = await shell.rollcall(['apply', '-f', file, '--yes'])
  expectPlain(applied)
  expect(applied).toMatchObject({ code: 0, stderr: '' })
  expect(applied.stdout).toContain('✓ Applied 5 changes.\n')

  const again = await shell.rollcall(['apply', '-f', file])
  expect(again).toEqual({ code: 0, stdout: '5 the same\nNothing to change.\n', stderr: '' })

  await shell.file('whole.yaml', whole('Loyal customers'))
  const dry = await shell.rollcall(['apply', '-f', file, '--dry-run'])
  expect(dry.code).toBe(0)
  expect(dry.stdout).toBe(
    '~ orchestration "Daily"\n    listName: "VIP" → "Loyal customers"\n\n1 to change, 4 the same\nNothing was changed.\n',
  )
  const json = await shell.rollcall(['apply', '-f', file, '--json'])
  expect(json.code).toBe(3)
  expect(printed(json)).toEqual({
    state: 'waiting',
    digest: expect.any(String) as string,
    changes: [
      {
        kind: 'orchestration',
        name: 'Daily',
        action: 'change',
        fields: [{ name: 'listName', from: 'VIP', to: 'Loyal customers' }],
      },
    ],
    left: [],
    kept: [],
    same: 4,
  })
})

test('an export is a file that applies, without secrets, elsewhere too', async () => {
  await shell.rollcall(['apply', '-f', await shell.file('first.yaml', whole()), '--yes'])
  for (const name of ['all.yaml', 'all.json']) {
    expect(await shell.rollcall(['export', '-o', name])).toEqual({
      code: 0,
      stdout: `Wrote ${name}.\n`,
      stderr: '',
    })
    const text = await readFile(join(shell.dir, name), 'utf8')
    expect(text).not.toMatch(/(?:cr|ds|qy|or|sr)_|secret|pinr\./)
    expect((await shell.rollcall(['apply', '-f', name, '--prune'])).stdout).toBe(
      '5 the same\nNothing to change.\n',
    )
  }
  const { stdout } = await shell.rollcall(['export', '--format', 'json'])
  expect(stdout).toBe(await readFile(join(shell.dir, 'all.json'), 'utf8'))
  expect(printed(await shell.rollcall(['export', '--json']))).toEqual(JSON.parse(stdout))

  // Rollcall there is authorized anew, since the token of this one has been renewed.
  shell.simulator.control.reset()
  const database = await createTestDatabase()
  try {
    const alone = await shell.rollcall(['apply', '-f', 'all.yaml', '--yes'], { database })
    expect(alone.code).toBe(2)
    expect(alone.stderr).toContain('credentials[0].appId (of "Brand"): it is new, so appId is needed')
    const text = await readFile(join(shell.dir, 'all.yaml'), 'utf8')
    await shell.file('there.yaml', text.replace(/credentials:[^]*?\n(?=\S)/, `credentials:${brand}\n`))
    expect(await shell.rollcall(['apply', '-f', 'there.yaml', '--yes'], { database })).toMatchObject({
      code: 0,
    })
    expect((await shell.rollcall(['export'], { database })).stdout).toBe(text)
  } finally {
    await database.drop()
  }
})

test('--prune deletes what is not in the file, and without it that is told', async () => {
  await shell.rollcall(['apply', '-f', await shell.file('prune.yaml', whole()), '--yes'])
  await shell.file('prune.yaml', 'version: 1\norchestrations: []\nqueries: []\n')
  const left = await shell.rollcall(['apply', '-f', 'prune.yaml', '--yes'])
  expect(left).toMatchObject({ code: 0 })
  expect(left.stdout).toContain(
    '2 objects are not in the document and stay: query "Loyal", orchestration "Daily".',
  )
  const pruned = await shell.rollcall(['apply', '-f', 'prune.yaml', '--prune', '--yes'])
  expect(pruned.stdout).toContain('− query "Loyal"\n− orchestration "Daily"\n')
  expect(pruned.stdout).toContain('2 to delete')
})

const source = (url: string) =>
  `version: 1\ndataSources:\n  - {name: Warehouse, kind: postgres, url: ${url}}\n`

test('secrets come from the environment of the command alone', async () => {
  await shell.file('typed.yaml', source('"postgres://reader:s3cret-word@db.example.com/shop"'))
  const typed = await shell.rollcall(['apply', '-f', 'typed.yaml', '--yes'])
  expect(typed.code).toBe(2)
  expect(typed.stderr).toContain('Secrets do not belong in a file: dataSources[0].url.')
  await shell.file('named.yaml', source('{env: WAREHOUSE_URL}'))
  const unset = await shell.rollcall(['apply', '-f', 'named.yaml', '--yes'])
  expect(unset.code).toBe(2)
  expect(unset.stderr).toContain('set the environment variable WAREHOUSE_URL where rollcall apply runs')
  const env = { WAREHOUSE_URL: 'postgres://reader:s3cret-word@db.example.com/shop' }
  const applied = await shell.rollcall(['apply', '-f', 'named.yaml', '--yes'], { env })
  expect(applied.code).toBe(0)
  expect(applied.stdout).toContain('    url: given\n')
  for (const { stdout, stderr } of [typed, unset, applied])
    expect(stdout + stderr).not.toContain('s3cret-word')
  expect(await shell.rollcall(['apply', '-f', 'named.yaml'])).toMatchObject({ code: 0 })
})

test('standard input is taken, and is nobody to ask', async () => {
  const database = await createTestDatabase()
  try {
    const env = { PATH: process.env['PATH'], ROLLCALL_HOME: shell.home, DATABASE_URL: database.url }
    const given = (args: readonly string[]) =>
      spawnSync(process.execPath, [join(CHECKOUT, 'bin/rollcall.js'), 'apply', '-f', '-', ...args], {
        env,
        encoding: 'utf8',
        input:
          '{"version": 1, "dataSources": [{"name": "In", "kind": "files", "folder": "/x", "files": ["y"]}]}',
      })
    expect(given([])).toMatchObject({ status: 3 })
    expect(given(['--yes'])).toMatchObject({ status: 0 })
    expect(given([]).stdout).toContain('Nothing to change.')
  } finally {
    await database.drop()
  }
})

test('what stops it is told with what was applied and what was not', async () => {
  shell.simulator.control.reset()
  const database = await createTestDatabase()
  try {
    await shell.file('wrong.yaml', whole('VIP', '999999999999'))
    const ended = await shell.rollcall(['apply', '-f', 'wrong.yaml', '--yes'], { database })
    expectPlain(ended)
    expect(ended.code).toBe(1)
    expect(ended.stderr).toContain('Applied before it stopped: 1 change\n  + credential "Brand"\n')
    expect(ended.stderr).toContain('Not applied: 3 changes\n  + data source "Exports"\n')
    expect(ended.stderr).toContain('Stopped at destination "Main".')
    expect(ended.stderr).toContain(
      '✗ Ad account not found: this credential cannot access ad account 999999999999',
    )
    const json = await shell.rollcall(['apply', '-f', 'wrong.yaml', '--yes', '--json'], { database })
    expect(json.code).toBe(1)
    expect(printed(json).error).toMatchObject({
      code: 'ad_account_not_found',
      outcome: { applied: [], failed: { kind: 'destination', name: 'Main' } },
    })
    await shell.file('wrong.yaml', whole())
    const right = await shell.rollcall(['apply', '-f', 'wrong.yaml', '--yes'], { database })
    expect(right.stdout).toContain('✓ Applied 4 changes.')
  } finally {
    await database.drop()
  }
})

test('wrong usage and broken files are told in words', async () => {
  await shell.file('broken.yaml', 'version: 1\nqueries: [\n')
  await shell.file('list.yaml', '- 1\n')
  await shell.file('typo.yaml', 'version: 1\nquerys: []\n')
  const wrong: readonly (readonly [args: readonly string[], message: string])[] = [
    [[], '--file is missing'],
    [['-f', 'nowhere.yaml'], 'nowhere.yaml cannot be read: it is not there.'],
    [['-f', '.'], '. cannot be read: it is a folder.'],
    [['-f', 'broken.yaml'], 'the text is neither YAML nor JSON at line 3'],
    [['-f', 'list.yaml'], 'list.yaml holds no configuration.'],
    [['-f', 'typo.yaml'], 'there is no field "querys". Did you mean "queries"?'],
    [['--fil', 'x'], "Unknown option '--fil'. Did you mean --file?"],
  ]
  const ends = await shell.rollcallEach(wrong.map(([args]) => ['apply', ...args]))
  expect(
    ends.map(({ code, stderr }, index) => [code, stderr.includes(wrong[index]?.[1] ?? '') ? 'told' : stderr]),
  ).toEqual(wrong.map(() => [2, 'told']))
})

const query = (lines: string) =>
  `version: 1\ndataSources:\n  - {name: S, kind: files, folder: ${shell.dir}, files: [customers-*.csv]}\nqueries:\n  - {name: Long, dataSource: S, active: {sql: ${JSON.stringify(lines)}}}\n`

test('a change of SQL is shown line by line', async () => {
  await shell.rollcall([
    'apply',
    '-f',
    await shell.file('sql.yaml', query('select email\nfrom input\n')),
    '--yes',
  ])
  await shell.file('sql.yaml', query('select email\nfrom input\n\twhere a = 1\u001b[2J\n'))
  const shown = await shell.rollcall(['apply', '-f', 'sql.yaml', '--dry-run'])
  expectPlain(shown)
  expect(shown.stdout).toContain(
    '    active.sql:\n        select email\n        from input\n      +   where a = 1\\u{1b}[2J\n\n',
  )
})
