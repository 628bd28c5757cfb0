import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Bytes of memory that a process holds now, or null when it has gone or no one can tell. */
export async function memoryOf(pid: number): Promise<number | null> {
  try {
    return process.platform === 'linux' ? await residentOnLinux(pid) : await residentByPs(pid)
  } catch {
    return null
  }
}

async function residentOnLinux(pid: number): Promise<number | null> {
  // In kibibytes here, whatever the size of a page.
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]
  return kib === undefined ? null : Number(kib) * 1024
}

async function residentByPs(pid: number): Promise<number | null> {
  const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(pid)])
  const kib = Number(stdout.trim())
  return kib > 0 ? kib * 1024 : null
}
