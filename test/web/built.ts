import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'

const root = resolve(import.meta.dirname, '../..')

/** Folder of the console, built from the sources as they are now. */
export async function buildConsole(): Promise<string> {
  await promisify(execFile)(process.execPath, [resolve(root, 'web/build.ts')])
  return resolve(root, 'dist/web')
}
