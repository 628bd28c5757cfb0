import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { isRunning } from '../../src/store/embedded/processes.ts'

interface Said {
  readonly server: number | null
  readonly locked: boolean
  readonly error?: { readonly code: string; readonly message: string }
}

export interface Opener {
  readonly said: Said
  /** Lets it close the store; resolves with its exit code. */
  readonly finish: () => Promise<number | null>
  /** SIGKILL, and waits until it is gone. */
  readonly kill: () => Promise<void>
}

/** A process that has opened the store: of this data folder, or of DATABASE_URL. */
export async function startOpener(
  env: { ROLLCALL_HOME: string; DATABASE_URL?: string },
  { lock, uid }: { lock?: string; uid?: number } = {},
): Promise<Opener> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'opener.ts'), ...(lock === undefined ? [] : [lock])],
    {
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
      ...(uid === undefined ? {} : { uid, gid: uid }),
    },
  )
  const exit = once(child, 'exit') as Promise<[number | null]>
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  return {
    said: JSON.parse(line) as Said,
    finish: async () => {
      child.stdin.end()
      return (await exit)[0]
    },
    kill: async () => {
      child.kill('SIGKILL')
      await exit
    },
  }
}

/** The server's process by its lock file, whether or not it still runs. */
export async function serverOf(dir: string): Promise<number | null> {
  const text = await readFile(join(dir, 'postgres', 'postmaster.pid'), 'utf8').catch(() => '')
  return Number(text.split('\n')[0]) || null
}

/** Resolves when the process has gone. */
export async function gone(pid: number): Promise<void> {
  while (await isRunning(pid)) await sleep(5)
}
