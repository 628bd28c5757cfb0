import { existsSync, readdirSync } from 'node:fs'
import { extname } from 'node:path'

/** Sources run as they are in development, and compiled when installed. */
const EXTENSION = extname(import.meta.filename)

/** What each folder in this one that has the module `module` exports from it by the name `name`, in the order of the folders. */
export async function entriesIn<T>(folder: URL, module: string, name: string): Promise<T[]> {
  const files = readdirSync(folder)
    .toSorted()
    .map((entry) => new URL(`${entry}/${module}${EXTENSION}`, folder))
    .filter((file) => existsSync(file))
  return Promise.all(
    files.map(async ({ href }) => ((await import(href)) as Readonly<Record<string, T>>)[name] as T),
  )
}
