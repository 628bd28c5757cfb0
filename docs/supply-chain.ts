import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One entry of `packages` in package-lock.json. */
export interface LockedPackage {
  readonly path: string
  readonly name: string
  readonly version: string
  readonly licence: string
  readonly integrity: string | null
  /** Only needed to build or test. */
  readonly dev: boolean
  /** Runs a script of its own while it is installed. */
  readonly hasInstallScript: boolean
}

interface LockEntry {
  readonly version?: string
  readonly license?: string
  readonly integrity?: string
  readonly dev?: boolean
  readonly hasInstallScript?: boolean
  readonly link?: boolean
}

/** A lock file of npm, by its path in the repository. */
export function lockOf(file: string): { readonly packages: Readonly<Record<string, LockEntry>> } {
  return JSON.parse(readFileSync(join(import.meta.dirname, '..', file), 'utf8')) as {
    packages: Record<string, LockEntry>
  }
}

/** Every package that the lock file names, for all platforms, by name. */
export function lockedPackages(): LockedPackage[] {
  return Object.entries(lockOf('package-lock.json').packages)
    .filter(([path, entry]) => path.includes('node_modules/') && entry.link !== true)
    .map(([path, entry]) => ({
      path,
      name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version: entry.version ?? '',
      licence: entry.license ?? '',
      integrity: entry.integrity ?? null,
      dev: entry.dev === true,
      hasInstallScript: entry.hasInstallScript === true,
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** The page that lists what is installed with Rollcall, by licence. */
export function licencesPage(generated: string): string {
  const packages = lockedPackages()
  return [
    '# Licences',
    '',
    generated,
    '',
    'Rollcall is licensed under Apache-2.0. `npm ci` installs the packages below, exactly these versions, and checks each against the hash in the lock file. `npm run sbom` prints a software bill of materials (CycloneDX).',
    '',
    '## At run time',
    '',
    ...table(packages.filter(({ dev }) => !dev)),
    '## To build and test',
    '',
    'Parts of these are built into the console.',
    '',
    ...table(packages.filter(({ dev }) => dev)),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n')
}

function table(packages: readonly LockedPackage[]): string[] {
  const byLicence = new Map<string, string[]>()
  for (const { name, version, licence } of packages)
    byLicence.set(licence, [...(byLicence.get(licence) ?? []), `${name} ${version}`])
  return [
    '| licence | packages |',
    '| --- | --- |',
    ...[...byLicence]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([licence, names]) => `| ${licence} | ${names.join(', ')} |`),
    '',
  ]
}
