import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Log } from '../server/log.ts'
import { consoleFolder } from '../server/web.ts'

/** Builds the console; there in a checkout only. */
const BUILDER = join(resolve(import.meta.dirname, '../..'), 'web/build.ts')

/**
 * The folder of the built console. In a checkout it is built first, when it was never built or its sources changed since; without
 * the tools to build it, what was built before is served. Null when there is none: then the API is served alone.
 */
export async function builtConsole(log: Log): Promise<string | null> {
  if (existsSync(BUILDER) && !(await build()))
    log.warn('the console could not be built; run npm ci to install what it needs')
  const folder = consoleFolder()
  if (folder === null) log.warn('no console here: only the API is served')
  return folder
}

/** In a process of its own: the tools that build are no part of the service. */
async function build(): Promise<boolean> {
  const child = spawn(process.execPath, [BUILDER], { stdio: 'ignore' })
  const [code] = (await once(child, 'close')) as [number | null]
  return code === 0
}
