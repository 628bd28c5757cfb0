import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sealedTables } from '../../src/access/sealed-rows.ts'
import { openService, setUp } from '../server/support.ts'
import type { Service } from '../server/support.ts'
import { urlOf } from '../support/database.ts'
import { CHECKOUT, runProgram } from '../support/processes.ts'
import type { Ended } from '../support/processes.ts'

/** A service whose secret key is not the one that stored secrets were sealed with. */

let service: Service

beforeAll(async () => {
  service = await openService()
  const client = await service.as(['datagrid_administrator'])
  await setUp(service, client, { name: 'sealed', emails: ['jane@example.com'] })
  const target = { url: 'https://127.0.0.1/hook' }
  await client.ok('POST', '/alerts', { name: 'sealed', events: ['workflow_failed'], target })
})

afterAll(() => service.close())

let homes = 0

/** The command on the database of the service, as on another machine; it is ended once it says that it runs. */
async function elsewhere(args: readonly string[], env: Record<string, string>): Promise<Ended> {
  homes += 1
  const home = join(service.inputDir, `another home ${homes}`)
  await mkdir(home)
  const { host, database, password } = service.platform.store.connection
  return runProgram('bin/rollcall.js', args, {
    env: {
      ROLLCALL_HOME: home,
      DATABASE_URL: urlOf({ socketDir: String(host), password: String(password) }, String(database)),
      ROLLCALL_PINTEREST_API: service.simulator.url,
      ...env,
    },
    onStderr: (text, child) => {
      if (/running/.test(text)) child.kill('SIGTERM')
    },
  })
}

const otherKey = { ROLLCALL_SECRET_KEY: randomBytes(32).toString('hex') }
const port = ['--port', '0']

test.each([[['worker']], [['server', ...port]], [['start', ...port]]])(
  '%s refuses to start, says what it cannot read and changes nothing',
  async (args) => {
    const before = await service.platform.store.db.selectFrom('app_user').selectAll().execute()
    const refused = await elsewhere(args, otherKey)
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toContain('✗ Secret key does not match: ')
    expect(refused.stderr).toContain('the secrets of 1 alert and 1 credential were sealed with another key')
    expect(refused.stderr).toContain('add --key-lost')
    expect(refused.stderr).not.toContain('is running')
    expect(await service.platform.store.db.selectFrom('app_user').selectAll().execute()).toEqual(before)
  },
)

test('a data folder without a key of its own is refused as well, and starts with the right key', async () => {
  const refused = await elsewhere(['worker'], {})
  expect(refused).toMatchObject({ code: 1 })
  expect(refused.stderr).toContain('Secret key does not match')
  const right = await elsewhere(['worker'], {
    ROLLCALL_SECRET_KEY_FILE: service.platform.home.secretKeyFile,
  })
  expect(right).toMatchObject({ code: 0 })
  expect(right.stderr).toContain('The worker is running')
})

test('once the key is lost, it starts when asked to, and says what has to be entered again', async () => {
  const started = await elsewhere(['worker', '--key-lost'], otherKey)
  expect(started).toMatchObject({ code: 0 })
  expect(started.stderr).toContain('The worker is running')
  expect(started.stderr + started.stdout).toContain('the secrets of 1 alert and 1 credential')
})

test('every table with a column of sealed secrets is looked at', () => {
  const schema = readFileSync(join(CHECKOUT, 'src/store/schema.sql'), 'utf8')
  const tables = [...schema.matchAll(/^create table (\w+) \(([^;]*)\);/gm)]
  const sealed = tables.filter(([, , columns = '']) => /^ {2}sealed text/m.test(columns))
  expect(sealed.map(([, name]) => name)).toEqual([...sealedTables])
})
