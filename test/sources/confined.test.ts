import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { isRollcallError } from '../../src/base/rollcall-error.ts'
import { resolveFiles } from '../../src/sources/files/confined.ts'
import { fields } from '../../src/sources/files/settings.ts'

const signal = new AbortController().signal

let base = ''
let folder = ''
let next = 0
beforeAll(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'rollcall-confined-')))
})
afterAll(async () => {
  await rm(base, { recursive: true, force: true })
})
beforeEach(async () => {
  folder = join(base, String((next += 1)), 'data')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, '..', 'secret.csv'), 'email\nsecret@example.com\n')
})

async function put(...names: readonly string[]): Promise<void> {
  for (const name of names) {
    await mkdir(join(folder, name, '..'), { recursive: true })
    await writeFile(join(folder, name), 'email\na@example.com\n')
  }
}

/** Names below the folder of what is found, or code and message of the refusal. */
async function found(files: readonly string[], from = folder): Promise<string[] | string> {
  try {
    const paths = await resolveFiles({ folder: from, files }, { limits: defaultLimits, signal })
    return paths.map((path) => path.slice(folder.length + 1))
  } catch (error) {
    if (!isRollcallError(error)) throw error
    return `${error.code}: ${error.message}`
  }
}

test.each([
  's3://bucket/rows.csv',
  'https://user:word@example.com/rows.csv',
  'GS://bucket/*.csv',
  ' file:///rows.csv',
])('%s is an address and no file, which is said before a data source is saved', (file) => {
  const problem = fields.files.problemOf(['rows.csv', file])
  expect(problem).toContain('has an address such as s3://')
  expect(problem).not.toContain('word')
})

test('a file may have a colon in its name', () => {
  expect(fields.files.problemOf(['s3:rows.csv', 'a/b:/c.csv'])).toBeNull()
})

describe('files of a folder', () => {
  test('are found by name and pattern, sorted, none twice', async () => {
    await put('b.csv', 'a.csv', 'sub/c.csv', 'sub/deep/d.csv', 'notes.txt')
    expect(await found(['*.csv'])).toEqual(['a.csv', 'b.csv'])
    expect(await found(['b.csv', '*.csv', './a.csv'])).toEqual(['a.csv', 'b.csv'])
    expect(await found(['**/*.csv'])).toEqual(['a.csv', 'b.csv', 'sub/c.csv', 'sub/deep/d.csv'])
    expect(await found(['{b,notes}.*', 'sub/?.csv'])).toEqual(['b.csv', 'notes.txt', 'sub/c.csv'])
  })

  test('whose names look like patterns or like ways out are just names', async () => {
    await put('a*.csv', 'ab.csv', '[x].csv', 'x.csv', '..csv', '{a,b}.csv', 'q?.csv', '...', '..a/b.csv')
    expect(await found(['a*.csv'])).toEqual(['a*.csv'])
    expect(await found(['[x].csv'])).toEqual(['[x].csv'])
    expect(await found(['{a,b}.csv', 'q?.csv'])).toEqual(['q?.csv', '{a,b}.csv'])
    expect(await found(['..csv', '...', '..a/b.csv'])).toEqual(['...', '..a/b.csv', '..csv'])
  })

  test('may be links, as long as they stay inside; what two names lead to is read once', async () => {
    await put('2024.csv', 'sub/x.csv')
    await symlink('2024.csv', join(folder, 'latest.csv'))
    await symlink('sub', join(folder, 'link'))
    expect(await found(['latest.csv', '*.csv'])).toEqual(['2024.csv'])
    expect(await found(['link/*.csv'])).toEqual(['sub/x.csv'])
  })

  test('are found when the folder itself is a link', async () => {
    await put('a.csv')
    await symlink(folder, join(folder, '..', 'link'))
    expect(await found(['*.csv'], join(folder, '..', 'link'))).toEqual(['a.csv'])
  })
})

describe('nothing outside is read:', () => {
  test.each([
    ['../secret.csv'],
    ['sub/../../secret.csv'],
    ['..'],
    ['../*.csv'],
    [String.raw`..\secret.csv`],
    ['/etc/passwd'],
    ['/etc/*'],
    [String.raw`\\server\share\x.csv`],
    [String.raw`C:\x.csv`],
    ['file:///etc/passwd'],
    ['postgres://127.0.0.1/x'],
    ['https://127.0.0.1/x.csv'],
    [' '],
    [''],
    ['a\0.csv'],
  ])('%j', async (file) => {
    await put('sub/a.csv')
    expect(await found([file])).toMatch(/^request_invalid: /)
    expect(await found(['sub/a.csv', file])).toMatch(/^request_invalid: /)
  })

  test.each([['{..,sub}/secret.csv'], ['{.,sub}./secret.csv'], ['[.][.]/secret.csv'], ['.{.,x}/*.csv']])(
    'not by the pattern %s',
    async (file) => {
      await put('sub/a.csv')
      expect(await found([file])).toMatch(/^source_not_found: /)
    },
  )

  test('not through a link to a file', async () => {
    await put('a.csv')
    await symlink('../secret.csv', join(folder, 'b.csv'))
    expect(await found(['b.csv'])).toContain('"b.csv" leads outside the folder')
    // All or nothing: a run with fewer rows would remove members.
    expect(await found(['*.csv'])).toContain('"b.csv" leads outside the folder')
    expect(await found(['a.csv'])).toEqual(['a.csv'])
  })

  test('not through a link to a folder', async () => {
    await symlink('..', join(folder, 'up'))
    expect(await found(['up/secret.csv'])).toContain('leads outside the folder')
    expect(await found(['up/*.csv'])).toContain('leads outside the folder')
  })

  test('not through a chain of links', async () => {
    await symlink(join(folder, '..', 'secret.csv'), join(folder, 'one'))
    await symlink('one', join(folder, 'two.csv'))
    expect(await found(['two.csv'])).toContain('leads outside the folder')
  })

  test('not in a folder whose name begins like this one', async () => {
    await mkdir(`${folder}-private`)
    await writeFile(`${folder}-private/x.csv`, 'email\n')
    await symlink('../data-private/x.csv', join(folder, 'x.csv'))
    expect(await found(['x.csv'])).toContain('leads outside the folder')
  })
})

describe('what is not there', () => {
  test('is told by name', async () => {
    expect(await found(['a.csv'])).toMatch(/^source_not_found: .*there is no file "a\.csv"/)
    expect(await found(['*.csv'])).toMatch(/^source_not_found: .*no file matches "\*\.csv"/)
    await put('sub/a.csv')
    expect(await found(['sub'])).toMatch(/^source_not_found: .*is a folder/)
  })

  test('a link to nothing and a link to itself are told', async () => {
    await symlink('gone.csv', join(folder, 'a.csv'))
    await symlink('loop.csv', join(folder, 'loop.csv'))
    expect(await found(['a.csv'])).toMatch(/^source_not_found: /)
    expect(await found(['*.csv'])).toMatch(/^source_not_found: /)
    expect(await found(['loop.csv'])).toMatch(/^source_not_found: .*ELOOP/)
  })

  test('a file that has gone since is missed the next time', async () => {
    await put('a.csv', 'b.csv')
    expect(await found(['*.csv'])).toEqual(['a.csv', 'b.csv'])
    await rm(join(folder, 'a.csv'))
    expect(await found(['*.csv'])).toEqual(['b.csv'])
    expect(await found(['a.csv', 'b.csv'])).toMatch(/^source_not_found: /)
  })

  test('a folder that is not there, or is none', async () => {
    await put('a.csv')
    expect(await found(['*.csv'], join(folder, 'nowhere'))).toMatch(/^source_not_found: .*ENOENT/)
    expect(await found(['*.csv'], join(folder, 'a.csv'))).toMatch(/^source_not_found: /)
    expect(await found(['*.csv'], 'data')).toMatch(/^request_invalid: .*absolute/)
    expect(await found([])).toMatch(/^request_invalid: .*no file names/)
  })
})

test('an abort ends it', async () => {
  await put('a.csv')
  const stopped = AbortSignal.abort(new Error('stop'))
  await expect(
    resolveFiles({ folder, files: ['a.csv'] }, { limits: defaultLimits, signal: stopped }),
  ).rejects.toThrow('stop')
})
