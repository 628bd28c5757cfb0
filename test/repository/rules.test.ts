import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { errorCatalogue } from '../../src/base/catalogue.ts'
import { limitDefinitions } from '../../src/base/limits.ts'

const root = resolve(import.meta.dirname, '../..')
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root })
  .toString()
  .split('\n')
  .filter((file) => file !== '' && file !== 'package-lock.json')
const texts = tracked
  .filter((file) => /\.(?:ts|js|md|json|yml|yaml|sql|csv)$/.test(file))
  .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }))

/** Domains that nobody can own, so that no fixture holds a real person's address. */
const FREE_DOMAIN = /(?:^|\.)(?:example(?:\.(?:com|org|net))?|test|invalid|localhost)$/

describe('repository rules', () => {
  test('addresses in the tree belong to nobody', () => {
    const found = texts
      .filter(({ file }) => !file.startsWith('test/conformance/'))
      .flatMap(({ file, text }) =>
        [...text.matchAll(/[\w.+-]+@([\w-]+(?:\.[\w-]+)+)/g)]
          .filter((match) => !FREE_DOMAIN.test((match[1] ?? '').toLowerCase()))
          .filter((match) => !/^(?:\d|[\w.-]+@\d)/.test(match[0]))
          .map((match) => `${file}: ${match[0]}`),
      )
    expect(found).toEqual([])
  })

  test('every error code is explained in docs/errors.md, and no other', () => {
    const page = readFileSync(join(root, 'docs/errors.md'), 'utf8')
    const documented = [...page.matchAll(/^### `(\w+)`/gm)].map((match) => match[1])
    expect(documented.toSorted()).toEqual(Object.keys(errorCatalogue).toSorted())
  })

  test('every limit stands in docs/limits.md with its default, and no other', () => {
    const page = readFileSync(join(root, 'docs/limits.md'), 'utf8')
    const documented = [...page.matchAll(/^\| `(\w+)` \| ([\d,]+) \|/gm)].map((match) => `${match[1]} ${match[2]}`)
    const defined = Object.entries(limitDefinitions).map(
      ([name, limit]) => `${name} ${limit.default.toLocaleString('en-US')}`,
    )
    expect(documented.toSorted()).toEqual(defined.toSorted())
  })

  test('dependencies are pinned exactly', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, Record<string, string>>
    const ranges = ['dependencies', 'devDependencies', 'optionalDependencies']
      .flatMap((group) => Object.entries(manifest[group] ?? {}))
      .filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))
    expect(ranges).toEqual([])
  })
})
