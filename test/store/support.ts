import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, onTestFinished } from 'vitest'
import { sql } from 'kysely'
import { defaultLimits } from '../../src/base/limits.ts'
import { openHome } from '../../src/store/home.ts'
import { openStore } from '../../src/store/store.ts'
import type { Store } from '../../src/store/store.ts'
import { makeFolder } from '../support/folder.ts'
import { converse, processesNaming } from '../support/processes.ts'
import type { Conversation, ProgramOptions } from '../support/processes.ts'

/** A folder for one test, removed when it ends, with whatever still runs in it. */
export async function testFolder(name: string): Promise<string> {
  const folder = await makeFolder(name)
  onTestFinished(async () => {
    endServers(folder.dir)
    await folder.remove()
  })
  return folder.dir
}

/** One data folder for all tests of a file: set up once, and stopped after each test. */
export function sharedHome(name: string): { readonly dir: string } {
  const shared = { dir: '', remove: async (): Promise<void> => {} }
  beforeAll(async () => {
    Object.assign(shared, await makeFolder(name))
    await (await openHere(shared.dir)).close()
  })
  afterEach(() => endServers(shared.dir))
  afterAll(() => shared.remove())
  return shared
}

function endServers(homeDir: string): void {
  for (const pid of serversOf(homeDir)) process.kill(pid, 'SIGKILL')
}

/** Attaches to the data folder from this process, which counts as one more each time. */
export async function openHere(homeDir: string, limits = defaultLimits): Promise<Store> {
  const home = await openHome({ ROLLCALL_HOME: homeDir })
  return openStore({ home, env: {}, limits })
}

export async function rowsOf(store: Store, statement: string): Promise<unknown[]> {
  return (await sql.raw(statement).execute(store.db)).rows
}

/** A process of its own that attaches to the data folder, and says `open` when it has. */
export function attach(homeDir: string, options: ProgramOptions = {}): Conversation {
  return converse('test/store/attach.ts', [], {
    ...options,
    env: { ROLLCALL_HOME: homeDir, ...options.env },
  })
}

/** One that has. */
export async function attached(homeDir: string, options: ProgramOptions = {}): Promise<Conversation> {
  const process = attach(homeDir, options)
  const answer = await process.ask()
  if (answer !== 'open') throw new Error(answer)
  return process
}

/** Processes of a data folder's PostgreSQL. */
export function serversOf(homeDir: string): number[] {
  return processesNaming(`${homeDir}/postgres`)
}

/** The server of the data folder, as its lock file names it. */
export async function serverPid(homeDir: string): Promise<number> {
  return Number((await readFile(join(homeDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0])
}

/** Uses a database of one's own in place of the embedded one. */
export async function openUrl(url: string): Promise<Store> {
  const home = await openHome({ ROLLCALL_HOME: await testFolder('url') })
  return openStore({ home, env: { DATABASE_URL: url }, limits: defaultLimits })
}
