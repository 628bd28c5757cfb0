import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { FileRows } from '../../src/sources/source.ts'
import { failure, open, sourceFolder } from './source-folder.ts'

const { dir, folderWith, tablesOf, tableOf } = sourceFolder()

describe('files are found', () => {
  test('of several formats, and read by their endings', async () => {
    const tables = await tablesOf({
      'a.csv': 'email\n',
      'b.txt': 'id;email\n',
      'c.ndjson': '{"id":1}\n{"email":"a@example.com"}\n',
      'd.JSON': '[\n {"email": null, "tags": ["}", {"a": "\\"}"}]}\n]',
      'e.parquet': 'PAR1....PAR1',
      'f.csv.gz': gzipSync('x|email\n'),
      'g.jsonl.gz': gzipSync('{"email":"a@example.com","id":1}'),
    })
    expect(tables.map(({ format, columns, emailIndex }) => ({ format, columns, emailIndex }))).toEqual([
      { format: 'csv', columns: ['email'], emailIndex: 0 },
      { format: 'csv', columns: ['id', 'email'], emailIndex: 1 },
      { format: 'json', columns: ['id', 'email', 'tags'], emailIndex: 1 },
      { format: 'parquet', columns: [], emailIndex: null },
      { format: 'csv', columns: ['x', 'email'], emailIndex: 1 },
    ])
    expect(tables[2]?.paths.length).toBe(3)
  })

  test.each([
    ['Parquet', 'PAR1....PAR1', 'parquet'],
    ['JSON', ' {"email":"a@example.com"}', 'json'],
    ['a JSON array', '[{"email":"a@example.com"}]', 'json'],
    ['CSV', 'email\n', 'csv'],
  ])('without a known ending, and recognised as %s by their first bytes', async (_, content, format) => {
    expect((await tableOf('export-2026.11', content)).format).toBe(format)
  })

  test('by patterns, sorted, none twice, and grouped by equal layout', async () => {
    const cwd = await folderWith({
      'day/2.csv': 'id,email\n',
      'day/1.csv': 'id,email\n',
      'day/3.csv': 'email,id\n',
      'day/deep/4.csv': 'id,email\n',
      'day/other.log': 'nothing\n',
    })
    const { rows, description } = await open(cwd, ['day/1.csv', 'day/**/*.csv', join(cwd, 'day/2.csv')])
    expect((rows as FileRows).tables.map(({ paths }) => paths)).toEqual([
      [join(cwd, 'day/1.csv'), join(cwd, 'day/2.csv'), join(cwd, 'day/deep/4.csv')],
      [join(cwd, 'day/3.csv')],
    ])
    expect((rows as FileRows).bytesTotal).toBe(36)
    expect(description).toBe('4 files (36 bytes)')
  })

  test('by a name that looks like a pattern', async () => {
    const cwd = await folderWith({ 'rows[1].csv': 'email\n', 'rows1.csv': 'id\n' })
    const { rows, description } = await open(cwd, ['rows[1].csv'], { query: 'SELECT email FROM input' })
    expect((rows as FileRows).tables[0]?.paths).toEqual([join(cwd, 'rows[1].csv')])
    expect(description).toBe('rows[1].csv (6 bytes) through a query')
  })

  test('but not by a path that the engine would split into folders', async () => {
    const cwd = await folderWith({
      'sub\\rows[1].csv': 'email\n',
      'sub/rows[1].csv': 'email\n',
      'odd\\[x]/rows.csv': 'email\n',
      'plain\\rows.csv': 'email\n',
    })
    for (const from of ['sub\\rows[1].csv', 'sub?rows*.csv', 'odd\\[x]/rows.csv', 'odd*/*.csv'])
      for (const query of [null, 'SELECT email FROM input'])
        await expect(open(cwd, [from], { query }), from).rejects.toMatchObject({
          code: 'source_not_found',
          message: expect.stringContaining('has both \\ and one of * ? [ in its path'),
        })
    expect((await open(cwd, ['plain\\rows.csv'])).description).toContain('plain\\rows.csv')
    expect((await open(cwd, ['sub/rows[1].csv'])).description).toContain('sub/rows[1].csv')
  })

  test('or their absence is told', async () => {
    const cwd = await folderWith({ 'data/rows.csv': 'email\n' })
    await symlink(join(cwd, 'gone.csv'), join(cwd, 'link.csv'))
    for (const [from, words] of [
      ['gone.csv', 'there is no file "gone.csv"'],
      ['data/rows.csv/x', 'there is no file'],
      ['link.csv', 'there is no file'],
      ['data/*.parquet', 'no file matches "data/*.parquet"'],
      ['dat*', 'no file matches'],
      ['*.csv', '"link.csv" cannot be reached (ENOENT)'],
      ['data', '"data" is a folder. Name its files, for example "data/*.csv"'],
      ['data/', 'for example "data/*.csv"'],
      ['/dev/null', 'not a regular file'],
      ['', 'empty'],
      ['a\0b', 'NUL'],
      ['x'.repeat(5000), 'there is no file'],
      ['s3://bucket/rows.csv', 's3:// addresses are not supported'],
      ['https://example.com/rows.csv', 'https:// addresses are not supported'],
      ['postgres:/reader:secret@db.example.com/shop', 'It is not shown here'],
    ] as const) {
      const { code, message } = await failure(open(cwd, ['data/rows.csv', from]))
      expect(code).toBe('source_not_found')
      expect(message).toContain(words)
    }
  })

  test('unless nothing is named, or a database among them', async () => {
    expect((await failure(open(dir(), []))).code).toBe('wrong_usage')
    expect((await failure(open(dir(), ['postgres://127.0.0.1/x', 'a.csv']))).code).toBe('wrong_usage')
    const { code, message } = await failure(open(dir(), ['postgresql://127.0.0.1/x']))
    expect(code).toBe('wrong_usage')
    expect(message).toContain('needs a query')
  })
})
