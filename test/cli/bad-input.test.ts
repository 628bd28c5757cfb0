import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { startSimulator } from '../../simulator/main.ts'
import { createTestDatabase } from '../support/database.ts'
import { isRoot, processesNaming } from '../support/processes.ts'
import type { Ended } from '../support/processes.ts'
import { expectPlain, job, peopleCsv, pinterestOf, printed, useShell } from './support.ts'
import type { Printed, PrintedError } from './support.ts'

queriesRunHere()

const shell = useShell()
const LIST = 'Precious'

/** Files that no list can be made from, with the error and what its message names. */
const REFUSED: readonly (readonly [name: string, content: string | Buffer, code: string, message: RegExp])[] =
  [
    ['no-such-column.csv', 'id,mail\n1,ann@example.com\n', 'missing_email_column', /email/],
    ['two-columns.csv', 'email,email\na@example.com,b@example.com\n', 'missing_email_column', /email/],
    ['empty.csv', '', 'missing_email_column', /empty|email/],
    [
      'broken.parquet',
      Buffer.concat([Buffer.from('PAR1'), randomBytes(500)]),
      'source_damaged',
      /broken\.parquet/,
    ],
    ['text.parquet', 'email\nann@example.com\n', 'query_failed', /text\.parquet/],
    [
      'junk.csv',
      Buffer.concat([Buffer.from([0, 255, 254, 0]), randomBytes(5_000)]),
      'query_failed',
      /junk\.csv.*NUL bytes/,
    ],
    ['nul.csv', `${peopleCsv(120)}x,a\0b@example.com\n`, 'query_failed', /nul\.csv.*NUL bytes/],
    [
      'broken.csv.gz',
      Buffer.concat([Buffer.from([0x1f, 0x8b, 8]), randomBytes(99)]),
      'source_damaged',
      /broken\.csv\.gz/,
    ],
    [
      'blank-rows.csv',
      `email\n${'\n'.repeat(20)}${' \n'.repeat(20)}`,
      'not_enough_records',
      /no valid address/,
    ],
    ['hashes.csv', `email\n${`${'a'.repeat(64)}\n`.repeat(20)}`, 'not_enough_records', /no valid address/],
  ]

test('what cannot be read is refused with its cause, and the list keeps its members', async () => {
  await shell.file('good.csv', peopleCsv(120))
  await shell.rollcall(['sync', ...job('good.csv', LIST)])
  await Promise.all(REFUSED.map(([name, content]) => shell.file(name, content)))
  await mkdir(join(shell.dir, 'folder'))
  const refused = [
    ...REFUSED.map(([name, , code, message]) => [name, code, message] as const),
    ['nowhere.csv', 'source_not_found', /nowhere\.csv/] as const,
    ['nowhere/*.csv', 'source_not_found', /nowhere/] as const,
    ['folder', 'source_not_found', /folder/] as const,
  ]
  const ends = await shell.rollcallEach(refused.map(([from]) => ['sync', ...job(from, LIST), '--json']))
  ends.forEach(expectPlain)
  const seen = ends.map((ended, index) => {
    const [from, , message = /^$/] = refused[index] ?? []
    const { error } = printed(ended)
    const told = message.test(error?.message ?? '') ? 'told' : error?.message
    return [from, ended.code, error?.code, told]
  })
  expect(seen).toEqual(refused.map(([from, code]) => [from, 1, code, 'told']))
  expect(JSON.stringify(ends)).not.toContain('ann@example')
  expect(shell.members(LIST)).toHaveLength(120)
})

/** Rows that are odd, among 120 good ones: only the odd ones are lost. */
const ODD: readonly (readonly [name: string, rows: string | Buffer, invalid: number])[] = [
  ['not UTF-8', Buffer.from([0x78, 0x2c, 0xff, 0xfe, 0x40, 0x61, 0x2e, 0x62, 0x0a]), 1],
  ['a field of 1 MB', `x,${'a'.repeat(2 ** 20)}\n`, 1],
  ['a field of 1 MB beside the address', `"${'a'.repeat(2 ** 20)}",other@example.com\n`, 0],
  ['a hash', `x,${'b'.repeat(64)}\n`, 1],
]

function planOf(file: string): string[] {
  return ['plan', ...job(file, LIST), '--json']
}

test('a row that is odd is counted as invalid, and no other is lost', async () => {
  const names = await Promise.all(
    ODD.map(([, rows], index) =>
      shell.file(`odd-${index}.csv`, Buffer.concat([Buffer.from(peopleCsv(120)), Buffer.from(rows)])),
    ),
  )
  const ends = await shell.rollcallEach(names.map(planOf))
  const seen = ends.map((ended, index) => {
    const name = ODD[index]?.[0]
    return [name, ended.code, printed(ended)['rows'] ?? ended.stdout]
  })
  const wanted = ODD.map(([name, , invalid]) => {
    return [name, 0, { received: 121, invalid, duplicates: 0, members: 121 - invalid }]
  })
  expect(seen).toEqual(wanted)
})

test('a row of ten thousand columns is read', async () => {
  const names = Array.from({ length: 9_999 }, (_, index) => `c${index}`)
  const rows = Array.from({ length: 120 }, (_, index) => `${'x,'.repeat(9_999)}p${index}@example.com`)
  await shell.file('wide.csv', `${names.join(',')},email\n${rows.join('\n')}\n`)
  const ended = await shell.rollcall(['plan', ...job('wide.csv', 'Wide'), '--json'])
  expect(printed(ended)).toMatchObject({ rows: { received: 120, invalid: 0, members: 120 } })
})

test('hashes instead of addresses are named as that, with the option for those who mean it', async () => {
  await shell.file('all-hashes.csv', `email\n${'c'.repeat(64)}\n`)
  const [planned, synced, meant] = await shell.rollcallEach([
    ['plan', ...job('all-hashes.csv', 'Hashes')],
    ['sync', ...job('all-hashes.csv', 'Hashes')],
    ['plan', ...job('all-hashes.csv', 'Hashes'), '--hashed', '--json'],
  ])
  expect(planned?.stdout).toContain('--hashed')
  expect(synced?.stdout).toContain('--hashed')
  expect(JSON.parse(meant?.stdout ?? '')).toMatchObject({ rows: { members: 1, invalid: 0 } })
})

test('hashes and addresses in the wrong place, and rows that are chosen by their order, are told in the JSON as well, by plan and by sync', async () => {
  const hash = `${'d'.repeat(64)}\n`
  await shell.file('only-hashes.csv', `email\n${hash}${hash}`)
  await shell.file('some-hashes.csv', `${peopleCsv(120)}x,${hash}`)
  await shell.file('few-left.csv', `${peopleCsv(20)}x,${hash}`)
  await shell.file('addresses.csv', peopleCsv(120))
  const cases: readonly (readonly [args: readonly string[], state: string, code: string, message: RegExp])[] =
    [
      [
        job('only-hashes.csv', 'Mixed'),
        'failed',
        'already_hashed',
        /2 rows with a hash.*mark the source as hashes/,
      ],
      [
        [...job('some-hashes.csv', 'Mixed'), '--query', 'SELECT email FROM input LIMIT 200'],
        'succeeded',
        'already_hashed unordered_rows',
        /^$/,
      ],
      [
        job('few-left.csv', 'Mixed 2'),
        'failed',
        'already_hashed',
        /20 valid addresses.*1 row with a hash.*mark the source as hashes/,
      ],
      [
        [...job('addresses.csv', 'Mixed'), '--hashed'],
        'failed',
        'not_a_hash',
        /120 rows without a hash.*addresses.*do not mark the source as hashes/,
      ],
    ]
  const ends = await shell.rollcallEach(
    cases.flatMap(([args]) => [
      ['plan', ...args, '--json'],
      ['sync', ...args, '--json'],
    ]),
  )
  const seen = ends.map((ended, index) => {
    const { state, warnings, error } = printed(ended) as Printed & { warnings: PrintedError[] }
    const told = cases[Math.floor(index / 2)]?.[3].test(error?.message ?? '') === true
    return [state, warnings.map(({ code }) => code).join(' '), told ? 'told' : error?.message]
  })
  expect(seen).toEqual(cases.flatMap(([, state, code]) => ['plan', 'sync'].map(() => [state, code, 'told'])))
  const [warning] = (printed(ends[3] as Ended) as Printed & { warnings: PrintedError[] }).warnings
  expect(warning?.actions[0]?.action).toBe('addresses_or_hashes')
  expect(warning?.actions[0]?.steps.join('\n')).toContain('--hashed')
})

test('the key file is no source, under any name; nothing of it is told', async () => {
  await shell.file('good.csv', peopleCsv(120))
  await shell.rollcall(['plan', ...job('good.csv', LIST)])
  const key = join(shell.home, 'secret.key')
  await symlink(key, join(shell.dir, 'linked.csv'))
  const ends = await shell.rollcallEach([
    ['plan', ...job(key, LIST), '--json'],
    ['sync', ...job('linked.csv', LIST), '--json'],
    ['plan', ...job('linked.csv', LIST), '--query', 'SELECT * FROM input', '--json'],
  ])
  expect(ends.map((ended) => printed(ended).error?.code)).toEqual(Array.from(ends, () => 'source_not_found'))
  expect(JSON.stringify(ends)).not.toContain((await readFile(key, 'utf8')).trim().slice(0, 12))
})

test('a disk that is full is told as that, and nothing is lost', async ({ skip }) => {
  const small = join(shell.dir, 'small')
  await mkdir(small)
  if (!isRoot || !mount(small)) skip('only root can mount a small disk')
  const fresh = await startSimulator({ limits: 'off', strict: true })
  const database = await createTestDatabase()
  try {
    await shell.file('full.csv', peopleCsv(60_000))
    const options = { database, env: { ...pinterestOf(fresh), ROLLCALL_HOME: small } }
    const full = await shell.program(['sync', ...job('full.csv', LIST), '--json'], options)
    expect(full.code).toBe(1)
    expect(printed(full).error?.code).toBe('disk_full')
    expect(fresh.control.lists()).toEqual([])
    execFileSync('mount', ['-o', 'remount,size=64m', small])
    expect(await shell.rollcall(['sync', ...job('full.csv', LIST)], options)).toMatchObject({ code: 0 })
  } finally {
    await database.drop()
    await fresh.close()
    execFileSync('umount', ['-l', small])
  }
})

function mount(dir: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', dir], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

test('a data folder that cannot be used is named', async () => {
  await shell.file('a-file', '')
  const asked = ['sync', ...job('good.csv', 'Folder'), '--json']
  const isFile = await shell.rollcall(asked, { env: { ROLLCALL_HOME: join(shell.dir, 'a-file') } })
  expect(isFile.code).toBe(1)
  expect(printed(isFile).error).toMatchObject({
    code: 'home_not_writable',
    message: expect.stringContaining('a-file') as string,
  })
  await mkdir(join(shell.dir, 'newer'))
  await shell.file('newer/version', '2\n')
  const newer = await shell.rollcall(asked, { env: { ROLLCALL_HOME: join(shell.dir, 'newer') } })
  expect(printed(newer).error).toMatchObject({ code: 'home_too_new' })
})

test('several commands at once on a fresh data folder all work, with the database it brings', async () => {
  await shell.file('fresh.csv', peopleCsv(120))
  const fresh = await startSimulator({ limits: 'off', strict: true })
  const home = { ROLLCALL_HOME: join(shell.dir, 'fresh'), DATABASE_URL: '' }
  const options = { env: { ...pinterestOf(fresh), ...home } }
  const ends = await Promise.all([
    shell.program(['sync', ...job('fresh.csv', 'Fresh 1'), '--json'], options),
    shell.program(['sync', ...job('fresh.csv', 'Fresh 2'), '--json'], options),
    shell.program(['status', '--json'], options),
  ])
  expect(ends.map(({ code, stdout }) => (code === 0 ? '' : stdout))).toEqual(['', '', ''])
  const made = fresh.control.lists().map(({ name, members }) => `${name}: ${members}`)
  expect(made.toSorted()).toEqual(['Fresh 1: 120', 'Fresh 2: 120'])
  await fresh.close()
  expect(processesNaming(join(shell.dir, 'fresh'))).toEqual([])
})
