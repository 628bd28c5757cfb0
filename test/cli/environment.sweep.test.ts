import { chmod, chown, mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makeFolder } from '../support/folder.ts'
import { CHECKOUT, isRoot, NOBODY, processesNaming, runProgram } from '../support/processes.ts'

/** Whatever the shell is set up for, a command works or says what stands in its way, and leaves no server behind. */

const PROGRAM = join(CHECKOUT, 'bin/rollcall.js')
/** Far more than it takes on a busy machine; a command that hangs is ended. */
const LONGEST_MS = 60_000

let folder: Awaited<ReturnType<typeof makeFolder>>

beforeEach(async () => {
  folder = await makeFolder('environment')
})

afterEach(async () => {
  const left = processesNaming(`${folder.dir}/`)
  await folder.remove()
  if (left.length > 0) throw new Error(`${left.length} processes are left`)
})

interface Said {
  readonly code: number | null
  readonly text: string
}

async function runs(env: Readonly<Record<string, string>>, uid?: number): Promise<Said> {
  const user = uid === undefined ? {} : { uid }
  const { code, stdout, stderr } = await runProgram('bin/rollcall.js', ['runs', '--json'], { env, ...user })
  return { code, text: stdout + stderr }
}

function isNew(name: string): boolean {
  return name.startsWith('postgres.new-')
}

const EMPTY = { code: 0, text: '{"runs":[]}\n' }

test("the driver's own variables are for other databases", async () => {
  const variables = {
    PGHOST: 'nowhere.invalid',
    PGPORT: '1',
    PGUSER: 'another',
    PGPASSWORD: 'another',
    PGDATABASE: 'another',
    PGSSLMODE: 'require',
    PGSSLNEGOTIATION: 'direct',
    PGOPTIONS: '-c no.such=1 -c nonsense=1',
    PGREPLICATION: 'database',
    PGCLIENT_ENCODING: 'LATIN1',
    PGCONNECT_TIMEOUT: '1',
    PGDATA: '/nowhere',
    PGTZ: 'nowhere',
  }
  expect(await runs({ ...variables, ROLLCALL_HOME: folder.dir })).toEqual(EMPTY)
})

test('the data folder may have any name', async () => {
  expect(await runs({ ROLLCALL_HOME: join(folder.dir, 'with, "quotes" and \'commas\', twice') })).toEqual(
    EMPTY,
  )
})

test.each(['/proc', '/dev/null', '/nowhere'])(
  'a folder for temporary files that takes none: %s',
  async (dir) => {
    const env = { ROLLCALL_HOME: join(folder.dir, 'home'), TMPDIR: dir }
    const { code, text } = await ended(['runs', '--json'], { env, cwd: '/' })
    expect({ code, text }).toEqual(EMPTY)
    // With so long a name the socket lies there.
    const long = { ...env, ROLLCALL_HOME: join(folder.dir, 'd'.repeat(60), 'e'.repeat(60)) }
    expect((await ended(['runs', '--json'], { env: long, cwd: '/' })).text).toMatch(
      /"database_unavailable".*TMPDIR/,
    )
    expect((await ended(['start', '--demo', '--port', '0'], { env, cwd: '/' })).text).toMatch(/Set TMPDIR/)
  },
)

test('a working folder that was deleted is told where it matters', async () => {
  const env = { ROLLCALL_HOME: join(folder.dir, 'home') }
  const cwd = join(folder.dir, 'gone')
  const inGone = async (args: readonly string[], more = {}): Promise<Said> => {
    await mkdir(cwd)
    // The shell is there before it goes.
    const script = `rmdir "$GONE" && exec "$NODE" "$PROGRAM" "$@"`
    const variables = { ...env, ...more, GONE: cwd, NODE: process.execPath, PROGRAM }
    return ended(['-c', script, 'sh', ...args], { env: variables, cwd, program: '/bin/sh' })
  }
  expect(await inGone(['runs', '--json'])).toEqual(EMPTY)
  const job = ['--ad-account', '1', '--list', 'a', '--json']
  expect((await inGone(['plan', '--from', 'x.csv', ...job])).text).toMatch(/"wrong_usage".*working folder/)
  const relative = { ROLLCALL_HOME: 'relative' }
  expect((await inGone(['runs', '--json'], relative)).text).toMatch(/"home_not_writable".*working folder/)
})

test.runIf(isRoot)('without HOME, the home folder is the one that the list of users names', async () => {
  // All that is run here has no HOME. This user's folder is not there, and cannot be made.
  const { code, text } = await runs({}, NOBODY)
  expect(code).toBe(1)
  expect(text).toMatch(/"home_not_writable".*\/\.local\/share\/rollcall/)
})

describe.runIf(isRoot)('a user ID without a name', () => {
  const NAMELESS = 12_345

  test('is told that PostgreSQL cannot be set up, and what to do', async () => {
    await chmod(folder.dir, 0o777)
    const { code, text } = await runs({ ROLLCALL_HOME: join(folder.dir, 'home'), HOME: '/' }, NAMELESS)
    expect(code).toBe(1)
    expect(text).toMatch(/"database_unavailable".*user ID 12345 has no name.*DATABASE_URL/)
    expect((await readdir(join(folder.dir, 'home'))).filter((name) => name.startsWith('postgres'))).toEqual(
      [],
    )
  })

  test('uses a data folder that is set up', async () => {
    await chmod(folder.dir, 0o777)
    const home = join(folder.dir, 'home')
    expect(await runs({ ROLLCALL_HOME: home }, NOBODY)).toEqual(EMPTY)
    for (const name of await readdir(home, { recursive: true }))
      await chown(join(home, name), NAMELESS, NAMELESS)
    await chown(home, NAMELESS, NAMELESS)
    expect(await runs({ ROLLCALL_HOME: home, HOME: '/' }, NAMELESS)).toEqual(EMPTY)
  })

  test('is told that it has no home folder', async () => {
    const { text } = await runs({}, NAMELESS)
    expect(text).toMatch(/"home_not_writable".*no home folder/)
  })
})

test('what a killed set-up left is removed by the next command', async () => {
  const home = join(folder.dir, 'home')
  expect(await runs({ ROLLCALL_HOME: home })).toEqual(EMPTY)
  await rm(join(home, 'postgres'), { recursive: true })
  const child = spawn(process.execPath, [PROGRAM, 'runs', '--json'], {
    env: { PATH: process.env['PATH'], ROLLCALL_HOME: home },
    stdio: 'ignore',
  })
  await expect.poll(async () => (await readdir(home)).some(isNew), { interval: 1 }).toBe(true)
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
  // Its orphan still writes for a moment.
  await expect.poll(() => processesNaming(`${home}/postgres.new-`)).toEqual([])
  expect((await readdir(home)).some(isNew)).toBe(true)
  // Of another machine, which may be at work; of one that was long ago; and a person's own.
  const [young, old, own] = [
    'postgres.new-0123456789ab.password',
    'postgres.new-aaaaaaaaaaaa',
    'postgres.new-backup',
  ]
  await writeFile(join(home, young), '')
  for (const name of [old, own]) {
    await mkdir(join(home, name))
    await utimes(join(home, name), 0, 0)
  }
  expect(await runs({ ROLLCALL_HOME: home })).toEqual(EMPTY)
  expect((await readdir(home)).filter(isNew).toSorted()).toEqual([young, own])
})

/** A program with nothing but this in its environment. It must end by itself. */
async function ended(
  args: readonly string[],
  options: { env: Record<string, string>; cwd: string; program?: string },
): Promise<Said> {
  const { env, cwd, program } = options
  const [file, first] = program === undefined ? [process.execPath, [PROGRAM]] : [program, []]
  const child = spawn(file, [...first, ...args], { cwd, env: { PATH: process.env['PATH'], ...env } })
  const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS)
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (piece: string) => (text += piece))
  const [code] = (await once(child, 'close')) as [number | null]
  clearTimeout(timer)
  return { code, text }
}
