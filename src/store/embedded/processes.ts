import { execFile } from 'node:child_process'
import { readFile, readlink, realpath } from 'node:fs/promises'
import { promisify } from 'node:util'

const isLinux = process.platform === 'linux'

/** Whether a running process is the PostgreSQL server of this data folder; true when that is not known. */
export async function isServerOf(pid: number, postgresDir: string): Promise<boolean> {
  const command = await commandOf(pid)
  // A process that is just ending shows an empty command line; its number is still its own.
  if (command === null || command === '') return true
  if (!command.includes('postgres')) return false
  if (command.includes(postgresDir)) return true
  // A server works in its data folder, whatever the folder was called when it started.
  const workingDir = await readlink(`/proc/${pid}/cwd`).catch(() => null)
  return workingDir !== null && workingDir === (await realpath(postgresDir).catch(() => postgresDir))
}

/** The process that started this one, or took it over; null when that is not known. */
export async function parentOf(pid: number): Promise<number | null> {
  const found = isLinux
    ? /^\d+ \(.*\) \S (\d+)/s.exec(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''))?.[1]
    : (await psOf(pid, 'ppid=')).trim()
  return found ? Number(found) : null
}

/** Null when that is not known; on Linux its words are parted by NUL. */
export async function commandOf(pid: number): Promise<string | null> {
  if (isLinux) return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => null)
  return (await psOf(pid, 'command=')).trim()
}

async function psOf(pid: number, what: string): Promise<string> {
  const { stdout } = await promisify(execFile)('ps', ['-ww', '-o', what, '-p', String(pid)]).catch(() => ({
    stdout: '',
  }))
  return stdout
}
