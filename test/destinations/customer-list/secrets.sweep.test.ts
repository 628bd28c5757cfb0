import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { AD_ACCOUNTS, startSimulator } from '../../../simulator/main.ts'
import type { FaultPlan, Simulator } from '../../../simulator/main.ts'
import { defaultLimits } from '../../../src/base/limits.ts'
import { openHome } from '../../../src/store/home.ts'
import { openStore } from '../../../src/store/store.ts'
import { openCommand } from './command.ts'
import type { Command } from './command.ts'

/**
 * What must be seen nowhere but at Pinterest: addresses, tokens, passwords. Runs of all kinds are made, failing ones
 * too, and everything they leave and print is searched. Each address of the input holds the same rare word.
 */

const word = 'zyqvax'
const sourcePassword = 'kwelder7moeras'
const people = Array.from({ length: 60 }, (_, index) => `p${index}.${word}@example.com`)
const dirty = [
  ...people,
  ` ${(people[1] ?? '').toUpperCase()}\t`,
  `two@@${word}.example.com`,
  `nobody ${word}`,
  `${word}ä@example.com`,
  `${word.repeat(20)}@example.com`,
]

let simulator: Simulator
let command: Command
/** All that commands printed, by command line. */
const printed = new Map<string, string>()

beforeAll(async () => {
  simulator = await startSimulator({ limits: 'off', strict: true, tooSmallAudience: 'accept' })
  const limits = {
    batchSize: 20,
    retryBackoffMs: 1,
    retryForMs: 50,
    audienceMembersMin: 1,
    tokenRenewBeforeMs: 0,
  }
  command = await openCommand(simulator, { limits, list: 'VIP' })
})

afterAll(async () => {
  await command.close()
  await simulator.close()
})

const secrets: readonly [string, RegExp][] = [
  ['an address', new RegExp(word, 'i')],
  ['an address in hexadecimal', new RegExp(Buffer.from(word).toString('hex'), 'i')],
  ['a token', /pina_[\w-]{6}|pinr\.[\w-]{6}/],
  ['the app secret', /simulator-app-secret/],
  [
    'the app’s credentials',
    new RegExp(Buffer.from('1480001:simulator-app-secret').toString('base64').slice(0, 30)),
  ],
  ['the password of a source', new RegExp(sourcePassword)],
]

function secretsIn(text: string, where: string): string[] {
  return secrets.filter(([, pattern]) => pattern.test(text)).map(([name]) => `${where}: ${name}`)
}

async function secretsInFiles(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  const found: string[] = []
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name)
    found.push(...secretsIn(entry.name, `name of ${path}`))
    if (entry.isFile()) found.push(...secretsIn(await readFile(path, 'latin1'), path))
  }
  return found
}

/** Everything in the database as text, since its files hold long values compressed. */
async function secretsInTables(): Promise<string[]> {
  const home = await openHome({ ROLLCALL_HOME: command.homeDir })
  const store = await openStore({ home, env: {}, limits: defaultLimits })
  try {
    const tables = await store.db.introspection.getTables()
    const found: string[] = []
    for (const { name } of tables) {
      const rows = await store.db
        .selectFrom(name as 'workflow')
        .selectAll()
        .execute()
      found.push(...secretsIn(JSON.stringify(rows), `table ${name}`))
    }
    expect(tables.length).toBeGreaterThan(5)
    return found
  } finally {
    await store.close()
  }
}

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { stdout, stderr } = await command.run(args, { ROLLCALL_DEBUG: '1', ...env }).ended
  printed.set(args.join(' ').replaceAll(word, '…').replaceAll(sourcePassword, '…'), stdout + stderr)
  return stdout
}

const job = (verb: string, list: string): string[] => [
  verb,
  '--ad-account',
  AD_ACCOUNTS.owned,
  '--list',
  list,
  '--json',
]

const withFaults = async (plan: FaultPlan, work: () => Promise<unknown>): Promise<void> => {
  simulator.faults.plan(plan)
  await work()
  simulator.faults.clear()
}

describe('after runs of all kinds', () => {
  let file: string
  const sync = (list: string, ...more: string[]): Promise<string> =>
    run([...job('sync', list), '--from', file, ...more])
  beforeAll(async () => {
    file = join(command.inputDir, 'customers.csv')
    await writeFile(file, ['id,email', ...dirty.map((email, index) => `${index},"${email}"`), ''].join('\n'))
    const source = `postgres://reader:${sourcePassword}@127.0.0.1:1/shop`
    const here = ['--from', file]
    const query = `select email from input where email <> '${people[0]}'`
    await run([...job('plan', 'VIP'), ...here])
    await withFaults(
      { rules: [{ operation: 'customer_lists/update', kind: '503', nth: 2, times: 99 }] },
      () => sync('VIP'),
    )
    await withFaults({ rules: [{ operation: 'customer_lists/update', kind: '400-1', times: 99 }] }, () =>
      sync('VIP'),
    )
    await withFaults(
      { random: { seed: 1, share: 0.2, kinds: ['401-expired', 'garbage-after', 'lost-after'] } },
      () => sync('VIP', '--rejects', join(command.homeDir, 'rejects.csv')),
    )
    await sync('VIP', '--yes')
    await sync('VIP', '--query', query)
    await run([...job('plan', 'VIP'), ...here, '--query', query])
    await sync('Broken query', '--query', `select nothing from input where email = '${people[0]}'`)
    await sync('Broken value', '--query', 'select cast(email as integer) as email from input')
    await sync('No column', '--email-column', 'mail')
    await sync('No file', '--from', join(command.inputDir, 'none.csv'))
    await run([...job('sync', 'Database'), '--from', source, '--query', `select '${people[0]}' as email`])
    await run([
      ...job('sync', 'Database'),
      '--from',
      `${source}?sslmode=nonsense&password=${sourcePassword}`,
      '--query',
      'select 1',
    ])
    await run([...job('sync', people[0] ?? '').filter((part) => part !== people[0]), ...here])
    await killed()
    await run(['status', '--json'])
    const { runs } = JSON.parse(await run(['runs', '--json', '--limit', '50'])) as {
      runs: { workflow: string }[]
    }
    for (const { workflow } of runs) await run(['run', workflow, '--json'])
    await run(['run', runs[0]?.workflow ?? ''])
    simulator.control.revokeTokens()
    await sync('VIP')
    await sync('VIP', '--no-such-option', people[0] ?? '')
  })

  /** A command that is killed while it sends. */
  async function killed(): Promise<void> {
    simulator.faults.plan({ rules: [{ operation: 'customer_lists/update', kind: 'hang-after' }] })
    const running = command.run([...job('sync', 'Killed'), '--from', file])
    await vi.waitUntil(() => simulator.control.calls().some(({ outcome }) => outcome === 'hung'), 180_000)
    running.kill()
    const { stdout, stderr } = await running.ended
    printed.set('a killed sync', stdout + stderr)
    simulator.faults.clear()
  }

  test('the runs ended as they were meant to', () => {
    const all = [...printed.values()].join('\n')
    expect([...printed.keys()].filter((line) => line.startsWith('run ')).length).toBeGreaterThan(8)
    for (const code of [
      'pinterest_unavailable',
      'pinterest_refused',
      'query_failed',
      'missing_email_column',
      'authorization_error',
    ])
      expect(all).toContain(`"${code}"`)
    expect(all).toContain('"state":"succeeded"')
  })

  test('nothing in the data folder shows an address, a token or a password', async () => {
    expect(await secretsInFiles(command.homeDir)).toEqual([])
  })

  test('nothing in the database does', async () => {
    expect(await secretsInTables()).toEqual([])
  })

  test('nothing that was printed does', () => {
    expect([...printed].flatMap(([line, text]) => secretsIn(text, line))).toEqual([])
  })
})

test('the search finds what is planted', async () => {
  const path = join(command.homeDir, 'work', 'planted.bin')
  await writeFile(
    path,
    Buffer.concat([
      Buffer.from([0, 255, 0]),
      Buffer.from(`\0P7.${word.toUpperCase()}@EXAMPLE.COM pinr.simulator`),
    ]),
  )
  expect(await secretsInFiles(command.homeDir)).toEqual([`${path}: an address`, `${path}: a token`])
  expect(secretsIn(`{"detail":"${sourcePassword}"}`, 'there')).toEqual(['there: the password of a source'])
})
