import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AD_ACCOUNTS } from '../../../simulator/main.ts'
import type { Simulator } from '../../../simulator/main.ts'
import { makeFolder } from '../../support/folder.ts'
import { CHECKOUT, processesNaming } from '../../support/processes.ts'
import type { Ended } from '../../support/processes.ts'
import { csvOf, envOf } from './support.ts'

/** `rollcall` as a user runs it: a process of its own on a data folder of its own. */
export interface Command {
  readonly homeDir: string
  readonly inputDir: string
  readonly run: (args: readonly string[], env?: Readonly<Record<string, string>>) => Running
  /** `rollcall sync` of these raw addresses. */
  readonly sync: (emails: readonly string[], args?: readonly string[]) => Promise<Running>
  /** Pids of all processes that this data folder's commands left, its database among them. */
  readonly left: () => number[]
  /** Pid of the embedded database; null when it does not run. */
  readonly databasePid: () => Promise<number | null>
  readonly close: () => Promise<void>
}

export interface Running {
  readonly ended: Promise<Ended>
  readonly hasEnded: () => boolean
  readonly kill: () => void
}

export async function openCommand(
  simulator: Simulator,
  options: { limits: Readonly<Record<string, number>>; list: string },
): Promise<Command> {
  const home = await makeFolder('command')
  const input = await makeFolder('input')
  await writeFile(join(home.dir, 'settings.json'), JSON.stringify(options.limits))
  const left = (): number[] => processesNaming(home.dir)
  const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Running =>
    start(args, { ...envOf(simulator), ...env, ROLLCALL_HOME: home.dir })
  let files = 0
  return {
    homeDir: home.dir,
    inputDir: input.dir,
    run,
    sync: async (emails, args = []) => {
      const file = join(input.dir, `${(files += 1)}.csv`)
      await writeFile(file, csvOf(emails))
      const where = ['--from', file, '--ad-account', AD_ACCOUNTS.owned, '--list', options.list]
      return run(['sync', ...where, '--json', ...args])
    },
    left,
    databasePid: async () => {
      const text = await readFile(join(home.dir, 'postgres', 'postmaster.pid'), 'utf8').catch(() => '')
      const pid = Number(text.split('\n')[0])
      return left().includes(pid) ? pid : null
    },
    close: async () => {
      for (const pid of left()) process.kill(pid, 'SIGKILL')
      await home.remove()
      await input.remove()
    },
  }
}

function start(args: readonly string[], env: Readonly<Record<string, string>>): Running {
  const child = spawn(process.execPath, [join(CHECKOUT, 'bin', 'rollcall.js'), ...args], {
    env: { PATH: process.env['PATH'], LANG: 'C.UTF-8', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  let hasEnded = false
  const end = async (): Promise<Ended> => {
    const [code] = (await once(child, 'exit')) as [number | null]
    hasEnded = true
    return { code, stdout, stderr }
  }
  return { ended: end(), hasEnded: () => hasEnded, kill: () => child.kill('SIGKILL') }
}
