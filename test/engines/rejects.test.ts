import { chmod, link, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { checkRejectsFile } from '../../src/engines/local/records/rejects-file.ts'
import { openSource } from '../../src/sources/open-source.ts'
import { isRoot } from '../support/processes.ts'
import { streamOf, Workbench, writeParquet } from './workbench.ts'

const HEADER = 'file,row,result_row,reason,value\n'

async function rowsOf(cwd: string, from: readonly string[], query: string | null = null) {
  const signal = new AbortController().signal
  const options = { from, query, emailColumn: 'email', limits: defaultLimits, signal, cwd }
  return (await openSource(options)).rows
}

/** A folder of its own with files of these names. */
async function folderWith(bench: Workbench, files: Readonly<Record<string, string>>): Promise<string> {
  const dir = bench.path('folder')
  await mkdir(dir)
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(dir, name, '..'), { recursive: true })
    await writeFile(join(dir, name), content)
  }
  return dir
}

const FILES = {
  'a.csv': 'email\na@b.test\njane.doe@invalid\n',
  'b.tsv': 'email\tid\n\t1\nb@b.test\t2\n',
  'c.csv': 'email\nc@b.test\n\nnobody\n',
  'in/d.jsonl': '{"email":"d@b.test"}\n{broken\n{"id":1}\n',
}

describe('the list of rejects', () => {
  it('names the file and counts the rows of each, in the order in which files were given', async () => {
    await using bench = await Workbench.open()
    const dir = await folderWith(bench, FILES)
    await writeParquet(join(dir, 'e.parquet'), ['e@b.test', null])
    const from = ['c.csv', 'in/d.jsonl', 'b.tsv', 'e.parquet', 'a.csv']
    const rejectsFile = join(dir, 'rejects.csv')
    await bench.prepare(await rowsOf(dir, from), { rejectsFile })
    expect((await readFile(rejectsFile, 'utf8')).split('\n')).toEqual([
      'file,row,result_row,reason,value',
      'c.csv,2,,blank,',
      'c.csv,3,,syntax,n•••••',
      'in/d.jsonl,2,,broken_line,',
      'in/d.jsonl,3,,blank,',
      'b.tsv,1,,blank,',
      'e.parquet,2,,blank,',
      'a.csv,2,,syntax,j•••••@i••••',
      '',
    ])
  })

  it('takes the place of a list that an earlier version wrote, and goes with it', async () => {
    await using bench = await Workbench.open()
    const dir = await folderWith(bench, { 'a.csv': FILES['a.csv'], 'good.csv': 'email\na@b.test\n' })
    const rejectsFile = join(dir, 'rejects.csv')
    const earlier = 'file,row,reason,value\na.csv,2,syntax,j•••••@i••••\n'
    await writeFile(rejectsFile, earlier)
    await checkRejectsFile(rejectsFile, [])
    await bench.prepare(await rowsOf(dir, ['a.csv']), { rejectsFile })
    expect(await readFile(rejectsFile, 'utf8')).toBe(`${HEADER}a.csv,2,,syntax,j•••••@i••••\n`)
    await writeFile(rejectsFile, earlier)
    await bench.prepare(await rowsOf(dir, ['good.csv']), { rejectsFile })
    expect(await readdir(dir)).not.toContain('rejects.csv')
  })

  it('lists a JSON file whose objects all lack the key', async () => {
    await using bench = await Workbench.open()
    const dir = await folderWith(bench, {
      '1.jsonl': '{"email":"a@b.test"}\n{"id":1}\n',
      '2.jsonl': '{"id":3,"email":null}\n{"id":4}\n',
    })
    const rejectsFile = join(dir, 'rejects.csv')
    await bench.prepare(await rowsOf(dir, ['1.jsonl', '2.jsonl']), { rejectsFile })
    expect(await readFile(rejectsFile, 'utf8')).toBe(
      `${HEADER}1.jsonl,2,,blank,\n2.jsonl,1,,blank,\n2.jsonl,2,,blank,\n`,
    )
  })

  it('names no file for a database and for a query, whose rows it counts', async () => {
    await using bench = await Workbench.open()
    const dir = await folderWith(bench, FILES)
    const rejectsFile = join(dir, 'rejects.csv')
    await bench.prepare(streamOf(['a@b.test', null, 'nobody'], 2), { rejectsFile })
    expect(await readFile(rejectsFile, 'utf8')).toBe(`${HEADER},,2,blank,\n,,3,syntax,n•••••\n`)
    const rows = await rowsOf(dir, ['a.csv'], 'SELECT email FROM input ORDER BY email DESC')
    await bench.prepare(rows, { rejectsFile })
    expect(await readFile(rejectsFile, 'utf8')).toBe(`${HEADER},,1,syntax,j•••••@i••••\n`)
  })

  it('quotes a file name that is no plain word of CSV', async () => {
    await using bench = await Workbench.open()
    const name = 'a "b", c.csv'
    const dir = await folderWith(bench, { [name]: 'email\nnobody\n' })
    await bench.prepare(await rowsOf(dir, [name]), { rejectsFile: join(dir, 'r.csv') })
    expect(await readFile(join(dir, 'r.csv'), 'utf8')).toBe(`${HEADER}"a ""b"", c.csv",1,,syntax,n•••••\n`)
  })

  it('defuses a file name that a spreadsheet would run, and names signs that nobody sees', async () => {
    await using bench = await Workbench.open()
    const name = '=cmd()|x.csv'
    const dir = await folderWith(bench, { [name]: 'email\nja\u200bne@example.com\na\u200eb\u00a0c\n' })
    await bench.prepare(await rowsOf(dir, [name]), { rejectsFile: join(dir, 'r.csv') })
    expect(await readFile(join(dir, 'r.csv'), 'utf8')).toBe(
      `${HEADER}'=cmd()|x.csv,1,,non_ascii,j•••••@e••••.com (zero-width space inside)\n` +
        "'=cmd()|x.csv,2,,non_ascii,a••••• (left-to-right mark and no-break space inside)\n",
    )
  })

  it('of an earlier run is gone after one without rejects, and no other file ever is', async () => {
    await using bench = await Workbench.open()
    const dir = await folderWith(bench, {
      'good.csv': 'email\na@b.test\n',
      'notes.csv': 'file,row\n',
      'empty.csv': '',
    })
    const good = [await rowsOf(dir, ['good.csv']), streamOf(['a@b.test'])]
    for (const rows of good) {
      await bench.prepare(streamOf([null]), { rejectsFile: join(dir, 'r.csv') })
      await bench.prepare(rows, { rejectsFile: join(dir, 'r.csv') })
      for (const name of ['notes.csv', 'empty.csv'])
        await bench.prepare(rows, { rejectsFile: join(dir, name) }).catch(() => null)
    }
    expect((await readdir(dir)).toSorted()).toEqual(['empty.csv', 'good.csv', 'notes.csv'])
  })

  it('leaves the file beside it alone that is called as a temporary one might be', async () => {
    await using bench = await Workbench.open()
    const dir = await folderWith(bench, { 'r.csv.tmp': 'mine' })
    await bench.prepare(streamOf([null]), { rejectsFile: join(dir, 'r.csv') })
    expect((await readdir(dir)).toSorted()).toEqual(['r.csv', 'r.csv.tmp'])
    expect(await readFile(join(dir, 'r.csv.tmp'), 'utf8')).toBe('mine')
  })

  it('never takes the place of a file that appeared meanwhile and is none', async () => {
    await using bench = await Workbench.open()
    const dir = await folderWith(bench, { 'r.csv': 'email\nann@example.com\n' })
    await expect(bench.prepare(streamOf([null]), { rejectsFile: join(dir, 'r.csv') })).rejects.toMatchObject({
      code: 'wrong_usage',
    })
    expect(await readFile(join(dir, 'r.csv'), 'utf8')).toBe('email\nann@example.com\n')
    expect(await readdir(dir)).toEqual(['r.csv'])
  })

  it('is written through a link, which stays', async () => {
    await using bench = await Workbench.open()
    const dir = await folderWith(bench, { 'in/x': '' })
    await symlink('in/r.csv', join(dir, 'link'))
    const rejectsFile = join(dir, 'link')
    for (const _ of [1, 2]) {
      await bench.prepare(streamOf([null]), { rejectsFile })
      expect(await readFile(join(dir, 'in/r.csv'), 'utf8')).toBe(`${HEADER},,1,blank,\n`)
    }
    await bench.prepare(streamOf(['a@b.test']), { rejectsFile })
    expect((await readdir(dir)).toSorted()).toEqual(['in', 'link'])
    expect(await readdir(join(dir, 'in'))).toEqual(['x'])
  })
})

describe('a place for the list of rejects', () => {
  it('is refused when it is a source file, whatever leads there', async () => {
    await using bench = await Workbench.open()
    // A source that would pass for a list of rejects all the same.
    const dir = await folderWith(bench, { 'in/a.csv': HEADER, 'b.csv': 'email\n' })
    await symlink('in', join(dir, 'way'))
    await symlink('in/a.csv', join(dir, 'soft.csv'))
    await link(join(dir, 'in/a.csv'), join(dir, 'hard.csv'))
    for (const name of ['in/a.csv', 'way/a.csv', 'soft.csv', 'hard.csv'])
      for (const source of ['in/a.csv', 'soft.csv'])
        await expect(
          checkRejectsFile(join(dir, name), [join(dir, 'b.csv'), join(dir, source)]),
          `${name} with the source ${source}`,
        ).rejects.toMatchObject({
          code: 'wrong_usage',
          message: expect.stringContaining('is one of the source files') as string,
        })
  })

  it.each([
    ['a file of another kind', 'notes.csv', 'already exists and is not a list of rejects'],
    ['a folder', 'in', 'is a folder'],
    ['in a folder that is not there', 'none/r.csv', 'does not exist'],
    ['below a file', 'notes.csv/r.csv', 'is a file'],
    ['a device', '/dev/null', 'is not a regular file'],
    ['where no file can be', '/proc/r.csv', 'cannot be written'],
    ['too long', `${'n'.repeat(300)}.csv`, 'ENAMETOOLONG'],
  ])('is refused when it is %s, and everything stays as it is', async (_case, name, message) => {
    await using bench = await Workbench.open()
    const dir = await folderWith(bench, { 'notes.csv': 'file,row,reason\n', 'in/x': '' })
    const path = name.startsWith('/') ? name : join(dir, name)
    await expect(checkRejectsFile(path, [])).rejects.toMatchObject({
      code: 'wrong_usage',
      message: expect.stringContaining(message) as string,
    })
    expect(await readFile(join(dir, 'notes.csv'), 'utf8')).toBe('file,row,reason\n')
    expect((await readdir(dir)).toSorted()).toEqual(['in', 'notes.csv'])
  })

  it('is refused when this user may not write there', async ({ skip }) => {
    if (isRoot) skip('root may write everywhere')
    await using bench = await Workbench.open()
    const dir = await folderWith(bench, {})
    await chmod(dir, 0o500)
    await expect(checkRejectsFile(join(dir, 'r.csv'), [])).rejects.toMatchObject({ code: 'wrong_usage' })
    await chmod(dir, 0o700)
  })

  it('is good when nothing is there, an empty file, or an older list; and checking leaves nothing', async () => {
    await using bench = await Workbench.open()
    const dir = await folderWith(bench, { 'old.csv': `${HEADER},,1,blank,\n`, 'empty.csv': '' })
    for (const name of ['new.csv', 'old.csv', 'empty.csv'])
      await checkRejectsFile(join(dir, name), [join(dir, 'gone.csv')])
    expect((await readdir(dir)).toSorted()).toEqual(['empty.csv', 'old.csv'])
    expect((await stat(join(dir, 'empty.csv'))).size).toBe(0)
  })
})
