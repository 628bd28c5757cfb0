import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { makeFolder } from '../support/folder.ts'
import { converse, processesNaming } from '../support/processes.ts'
import type { Conversation, ProgramOptions } from '../support/processes.ts'

/** A folder for one test, removed when it ends, with whatever still runs in it. */
export async function testFolder(name: string): Promise<string> {
  const folder = await makeFolder(name)
  onTestFinished(async () => {
    for (const pid of serversOf(folder.dir)) process.kill(pid, 'SIGKILL')
    await folder.remove()
  })
  return folder.dir
}

/** A process that attaches to the data folder; it is ready when its first line says `open`. */
export function attach(homeDir: string, options: ProgramOptions = {}): Conversation {
  return converse('test/store/attach.ts', [], {
    ...options,
    env: { ROLLCALL_HOME: homeDir, ...options.env },
  })
}

/** One that is ready. */
export async function attached(homeDir: string, options: ProgramOptions = {}): Promise<Conversation> {
  const process = attach(homeDir, options)
  const answer = await process.ask()
  if (answer !== 'open') throw new Error(answer)
  return process
}

/** PostgreSQL servers of a data folder, and whatever else was started with its path. */
export function serversOf(homeDir: string): number[] {
  return processesNaming(`${homeDir}/postgres`)
}

/** The server of the data folder, as its lock file names it. */
export async function serverPid(homeDir: string): Promise<number> {
  return Number((await readFile(join(homeDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0])
}
