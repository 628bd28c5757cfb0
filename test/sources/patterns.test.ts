import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { isRollcallError } from '../../src/base/rollcall-error.ts'
import { expandBraces } from '../../src/sources/files/braces.ts'
import { expandPaths } from '../../src/sources/files/expand-paths.ts'
import { findMatches } from '../../src/sources/files/find-matches.ts'
import { segmentOf } from '../../src/sources/files/segment.ts'

let dir = ''
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rollcall-patterns-'))
  const names = [
    'a.csv',
    'b.csv',
    'B.csv',
    '.hidden.csv',
    '.folder/within.csv',
    'notes.txt',
    'day1.csv',
    'day2.csv',
    'day10.csv',
    'day[1]/x.csv',
    'day[1]/y.csv',
    'day1/x.csv',
    'sub/a.csv',
    'sub/deep/er/c.csv',
    'sub/x/a.csv',
    'wei ß.csv',
    '{a,b}/in.csv',
    'a/in.csv',
  ]
  for (const name of names) {
    await mkdir(join(dir, name, '..'), { recursive: true })
    await writeFile(join(dir, name), 'email\n')
  }
  await symlink('sub', join(dir, 'link'))
  await symlink('..', join(dir, 'sub', 'up'))
})
afterAll(async () => {
  await rm(dir, { recursive: true, force: true })
})

async function found(pattern: string, signal = new AbortController().signal): Promise<string> {
  try {
    const files = await expandPaths([pattern], dir, { signal, limits: defaultLimits })
    return files.map(({ name }) => name).join(' ')
  } catch (error) {
    if (!isRollcallError(error)) throw error
    return `${error.code}: ${error.message}`
  }
}

describe('a pattern finds', () => {
  test.each([
    ['*.csv', 'B.csv a.csv b.csv day1.csv day10.csv day2.csv wei ß.csv'],
    ['.*.csv', '.hidden.csv'],
    ['[.]hidden.csv', 'source_not_found: Source not found: no file matches "[.]hidden.csv".'],
    ['**/within.csv', 'source_not_found: Source not found: no file matches "**/within.csv".'],
    ['.folder/**/*.csv', '.folder/within.csv'],
    ['?.csv', 'B.csv a.csv b.csv'],
    ['[ab].csv', 'a.csv b.csv'],
    ['[!a-z].csv', 'B.csv'],
    ['wei ?.csv', 'wei ß.csv'],
    ['{b,a}.csv', 'a.csv b.csv'],
    ['day{1..10}.csv', 'day1.csv day10.csv day2.csv'],
    ['day{01..02}.csv', 'source_not_found: Source not found: no file matches "day{01..02}.csv".'],
    ['{sub,day1}/{a,x}.csv', 'day1/x.csv sub/a.csv'],
    ['{sub/deep/er,day1}/?.csv', 'day1/x.csv sub/deep/er/c.csv'],
    ['sub/**/*.csv', 'sub/a.csv sub/deep/er/c.csv sub/x/a.csv'],
    ['sub/**', 'sub/a.csv sub/deep/er/c.csv sub/x/a.csv'],
    ['**/deep/**/**/*.csv', 'sub/deep/er/c.csv'],
    ['link/?.csv', 'link/a.csv'],
    ['./sub//*.csv', 'sub/a.csv'],
    ['sub/../[a].csv', 'a.csv'],
    ['{a}.csv', 'source_not_found: Source not found: no file matches "{a}.csv".'],
    ['*/a.csv', 'link/a.csv sub/a.csv'],
  ])('%s', async (pattern, names) => {
    expect(await found(pattern)).toBe(names)
  })

  test.each([
    ['day[1]/*.csv', 'day[1]/x.csv day[1]/y.csv'],
    ['day[1]/x.csv', 'day[1]/x.csv'],
    ['day[12]/*.csv', 'day1/x.csv'],
    ['{a,b}/*.csv', '{a,b}/in.csv'],
  ])('%s in the folder of that very name, if there is one', async (pattern, names) => {
    expect(await found(pattern)).toBe(names)
  })
})

/** Searches with a signal that aborts when it is asked for that time. */
async function stoppedAt(time: number, pattern: string): Promise<void> {
  const stop = new AbortController()
  const ask = stop.signal.throwIfAborted.bind(stop.signal)
  let asked = 0
  vi.spyOn(stop.signal, 'throwIfAborted').mockImplementation(() => {
    asked += 1
    if (asked === time) stop.abort(new Error('stopped'))
    ask()
  })
  for await (const path of findMatches(dir, pattern, stop.signal)) void path
}

describe('a pattern costs little:', () => {
  test.each([
    ['{a,b}'.repeat(18)],
    ['{1..10000000}'],
    [`{1..999}{1..999}`],
    [`{${'a,'.repeat(1500)}b}`],
    ['{{a,b}{a,b}{a,b}{a,b}{a,b}{a,b},x}{a,b}{a,b}{a,b}{a,b}'],
  ])('%s is refused with the limit', async (pattern) => {
    expect(await found(`${pattern}.csv`)).toMatch(/^source_not_found: .*1,000 names.*patternNamesMax/)
  })

  test('many patterns are refused as soon as they stand for too many names together', async () => {
    const { signal } = new AbortController()
    const limits = { ...defaultLimits, sourceNamesMax: 10 }
    const few = (count: number) =>
      expandPaths(Array<string>(count).fill('{a.csv,{1..4}x}'), dir, { signal, limits })
    expect(await few(2)).toHaveLength(1)
    await expect(few(3)).rejects.toThrow(/more than 10 names \(limit sourceNamesMax\)/)
    expect(await expandPaths(Array<string>(11).fill('a.*'), dir, { signal, limits })).toHaveLength(1)
  })

  test('braces that never close are signs', () => {
    expect(expandBraces('{'.repeat(2000), 1000)).toEqual(['{'.repeat(2000)])
    expect(expandBraces('{a,{b', 1000)).toEqual(['{a,{b'])
    expect(expandBraces('{a,{b,c}}x\\{y,z}', 1000)).toEqual(['ax\\{y,z}', 'bx\\{y,z}', 'cx\\{y,z}'])
    expect(expandBraces('\\{{a,b}\\', 1000)).toEqual(['\\{a\\', '\\{b\\'])
  })

  test('a range is counted before it is written out', () => {
    // No list is as long.
    for (const range of ['{1..999999999999999}', '{-999999999999999..5}', '{9..999999999999999}x'])
      expect(expandBraces(range, 1000)).toBeNull()
    expect(expandBraces('{1..1000}', 1000)).toHaveLength(1000)
    expect(expandBraces('{1..1001}', 1000)).toBeNull()
  })

  test('each folder is looked into once for each part, and gives what is in it once', async () => {
    const root = join(dir, 'nested')
    await mkdir(join(root, 'd/d/d/d'), { recursive: true })
    await writeFile(join(root, 'd/d/d/d/x.csv'), 'email\n')
    const paths: string[] = []
    const { signal } = new AbortController()
    for await (const path of findMatches(root, '**/d/**/d/**/*.csv', signal)) paths.push(path)
    await rm(root, { recursive: true })
    expect(paths).toEqual([join(root, 'd/d/d/d/x.csv')])
  })

  test('many stars against a long name go through it once', () => {
    const { test: matches } = segmentOf(`${'*a'.repeat(100)}b`)
    expect(matches('a'.repeat(250))).toBe(false)
    expect(matches(`${'a'.repeat(250)}b`)).toBe(true)
  })

  test('an abort ends it in the middle of a tree, with its reason', async () => {
    await expect(stoppedAt(5, '**/no-such-file-*.csv')).rejects.toThrow('stopped')
    await expect(stoppedAt(1, 'a.csv')).rejects.toThrow('stopped')
  })

  test('an abort ends it in the middle of a folder of which nothing matches', async () => {
    await expect(stoppedAt(3, 'no-such-file-*.csv')).rejects.toThrow('stopped')
  })

  test('of more signs than a path can have is refused', async () => {
    expect(await found('*'.repeat(5000))).toMatch(/^source_not_found: .*longer/)
  })
})
