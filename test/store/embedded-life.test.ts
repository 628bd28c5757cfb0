import { mkdir, readFile, rmdir, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterEach, expect, test, vi } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { isRunning } from '../../src/base/processes.ts'
import { openHome } from '../../src/store/home.ts'
import { openStore } from '../../src/store/store.ts'
import type { Store } from '../../src/store/store.ts'
import { serverPid, serversOf, sharedHome, testFolder } from './support.ts'

const shared = sharedHome('life')

async function open(dir: string, onStart?: () => void): Promise<Store> {
  return openStore({ home: await openHome({ ROLLCALL_HOME: dir }), env: {}, limits: defaultLimits, onStart })
}

afterEach(() => {
  vi.unstubAllEnvs()
})

test('whoever comes while the last one leaves gets a server, and those who leave at once stop it', async () => {
  const home = shared.dir
  let starts = 0
  const noteStart = (): void => void (starts += 1)
  let store = await open(home, noteStart)
  expect(starts).toBe(1)
  await (await open(home, noteStart)).close()
  expect(starts, 'a server that runs is not started').toBe(1)
  for (let round = 0; round < 5; round += 1) {
    const [next] = await Promise.all([open(home), store.close()])
    await sql`select 1`.execute(next.db)
    store = next
  }
  const others = await Promise.all([open(home), open(home)])
  await Promise.all([store, ...others].map((each) => each.close()))
  expect(serversOf(home)).toEqual([])
})

test('it is stopped in the end even when a crash within it cut everybody off', async () => {
  const home = shared.dir
  const store = await open(home)
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(store.db)
  process.kill(rows[0]?.pid ?? 0, 'SIGKILL')
  await expect(sql`select pg_sleep(60)`.execute(store.db)).rejects.toMatchObject({
    code: 'database_unavailable',
  })
  await store.close()
  expect(serversOf(home)).toEqual([])
})

test('a lock file that names the server of another folder, or nothing, is no server', async () => {
  const home = shared.dir
  const elsewhere = await testFolder('life')
  const other = await open(elsewhere)
  const otherPid = await serverPid(elsewhere)
  const lockFile = join(home, 'postgres', 'postmaster.pid')

  await writeFile(lockFile, `${otherPid}\n${home}/postgres\n1\n5432\n\n\n`, { mode: 0o666 })
  await (await open(home)).close()
  expect(await isRunning(otherPid)).toBe(true)

  await writeFile(lockFile, '')
  await utimes(lockFile, 0, 0)
  await (await open(home)).close()
  await other.close()
  expect([...serversOf(home), ...serversOf(elsewhere)]).toEqual([])
})

test('a process with another folder for temporary files finds a server whose socket lies there', async () => {
  const dir = await testFolder('life')
  const home = join(dir, 'd'.repeat(60), 'e'.repeat(60))
  const store = await open(home)
  const socketDir = (await readFile(join(home, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[4] ?? ''
  expect(socketDir.startsWith(join(tmpdir(), 'rollcall-'))).toBe(true)
  expect((await stat(socketDir)).mode & 0o777).toBe(0o700)
  const temporary = join(dir, 't')
  await mkdir(temporary)
  vi.stubEnv('TMPDIR', temporary)
  const other = await open(home)
  await sql`select 1`.execute(other.db)
  await store.close()
  await other.close()
  await rmdir(socketDir)
  expect(serversOf(home)).toEqual([])
})

test('nobody else may enter the socket, and the log quotes no statement and stays small', async () => {
  const home = shared.dir
  await writeFile(join(home, 'postgres.log'), 'x'.repeat(5 * 2 ** 20))
  const store = await open(home)
  await expect(sql`select 'quoted-word'::int`.execute(store.db)).rejects.toThrow('quoted-word')
  await expect(sql`insert into workflow values ('quoted-word')`.execute(store.db)).rejects.toThrow(
    'null value',
  )
  expect((await stat(join(home, 'run'))).mode & 0o777).toBe(0o700)
  await store.close()
  const log = await readFile(join(home, 'postgres.log'), 'utf8')
  expect(log).toContain('ready to accept connections')
  expect(log).not.toMatch(/quoted-word|xxx/)
})

test('a server that cannot start says why, long before the time to start is over', async () => {
  const home = shared.dir
  await writeFile(join(home, 'postgres', 'postgresql.conf'), 'no_such_setting = 1\n')
  await expect(open(home)).rejects.toThrow(
    /does not start: .*no_such_setting|configuration file .* contains errors/,
  )
})
