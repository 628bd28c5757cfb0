import { execFileSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { pages } from '../../docs/generate.ts'
import { actionCatalogue, errorCatalogue } from '../../src/base/catalogue.ts'
import { LONGEST } from '../support/longest-first.ts'

const root = resolve(import.meta.dirname, '../..')
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root })
  .toString()
  .split('\n')
  .filter((file) => file !== '' && file !== 'package-lock.json')
const texts = tracked
  .filter((file) => /\.(?:ts|js|md|json|yml|yaml|sql|csv)$/.test(file))
  .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }))

/** The catalogue, which is one table, and what programs write. */
const MAY_BE_LONG: ReadonlySet<string> = new Set([
  'src/base/catalogue.ts',
  'src/store/schema.sql',
  'web/src/api/operations.ts',
])

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

  test.each(Object.entries(pages))(
    'docs/%s says what the code does (npm run docs writes it)',
    (name, page) => {
      expect(readFileSync(join(root, 'docs', name), 'utf8')).toBe(page())
    },
  )

  test.each([
    ['files.md', /write every file under another name in the same folder, and rename it when it is complete/],
    [
      'files.md',
      /many Parquet writers omit checksums; a wrong value in a page without one looks like any other/,
    ],
    [
      'service.md',
      /`ROLLCALL_SOURCE_ROOTS`\. Data sources can then read only below these folders, with links followed/,
    ],
    [
      'service.md',
      /A pooler that shares one session between several users \(pgbouncer in transaction or statement mode\) is refused/,
    ],
    ['simulator.md', /accepts what the real service accepts\. With `strict: true`, it also refuses/],
  ])('docs/%s tells people %s', (name, words) => {
    expect(readFileSync(join(root, 'docs', name), 'utf8')).toMatch(words)
  })

  test('every action that an error names can be taken, and every action is named by an error', () => {
    const named = new Set<string>(Object.values(errorCatalogue).flatMap((entry) => entry.actions))
    // No error: a task that failed waits for its next try.
    named.add('try_now')
    // Whatever the error of a task is that may be skipped.
    named.add('skip_task')
    named.add('skip_part')
    expect([...named].toSorted()).toEqual(Object.keys(actionCatalogue).toSorted())
  })

  test('a test that opens a browser is one of those, but for two that walk the main ways', () => {
    const tests = tracked.filter((file) => /^test\/.*(?<!\.browser)\.test\.ts$/.test(file))
    const opening = tests.filter((file) =>
      /\bopen(?:Console|Browser)\b/.test(readFileSync(join(root, file), 'utf8')),
    )
    expect(opening).toEqual(['test/web/first-minutes.test.ts', 'test/web/thin-path.test.ts'])
  })

  test('tests that are begun first are there', () => {
    expect(LONGEST.filter((name) => !tracked.includes(`test/${name}.test.ts`))).toEqual([])
  })

  test('no file has more than 400 lines', () => {
    const long = tracked
      .filter((file) => /^(?:src|web|simulator|test)\/.*\.(?:tsx?|js|css|sql)$/.test(file))
      .filter((file) => readFileSync(join(root, file), 'utf8').split('\n').length > 401)
    expect(long.filter((file) => !MAY_BE_LONG.has(file))).toEqual([])
  })

  test('the tasks of a workflow are named by their kind alone', () => {
    const names = ['prepare', 'compare', 'resolve_list', 'guard', 'attach_audience', 'verify']
    const found = globSync(['src/**/*.ts', 'web/src/**/*.{ts,tsx}'], { cwd: root })
      .filter((file) => names.some((name) => readFileSync(join(root, file), 'utf8').includes(`'${name}'`)))
      .filter((file) => !file.startsWith('src/destinations/customer-list/'))
    expect(found).toEqual([])
  })

  test('dependencies are pinned exactly', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
      string,
      Record<string, string>
    >
    const ranges = ['dependencies', 'devDependencies', 'optionalDependencies']
      .flatMap((group) => Object.entries(manifest[group] ?? {}))
      .filter(
        ([, version]) => version !== 'file:web/no-telemetry' && !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version),
      )
    expect(ranges).toEqual([])
  })
})
