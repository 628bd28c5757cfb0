import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { defaultLimits } from '../../src/base/limits.ts'
import { previewQuery } from '../../src/engines/local/preview.ts'
import { openSource } from '../../src/sources/open-source.ts'
import { sha256, Workbench } from './workbench.ts'

queriesRunHere()

const ways = [null, 'SELECT email FROM input']
const { signal } = new AbortController()

async function open(
  bench: Workbench,
  files: Readonly<Record<string, string | Buffer>>,
  query: string | null,
) {
  const dir = bench.path('files')
  await mkdir(dir)
  for (const [name, content] of Object.entries(files)) await writeFile(join(dir, name), content)
  const place = { limits: defaultLimits, signal, cwd: dir, tempDir: join(bench.dir, 'temp') }
  const options = { ...place, from: Object.keys(files), query, emailColumn: 'email' }
  const preview = async () => previewQuery({ ...options, owner: 'someone', openColumns: null, rowsMax: 5 })
  return { rows: (await openSource(options)).rows, preview }
}

const empty: Record<string, string | Buffer> = {
  'nothing.csv': '',
  'nothing.tsv': '',
  'nothing.json': '',
  'nothing.txt': '',
  'list.json': '[]',
  'spread.json': ' [\n ] \n',
  'blank.csv': '\n \r\n,,\n',
  'blank.jsonl': '\n\n',
  'mark.csv': '\ufeff',
  'packed.csv.gz': gzipSync(''),
  'packed.json.gz': gzipSync('[]'),
}

describe.each(Object.entries(empty))('an empty file (%s)', (name, content) => {
  it('beside others has no rows, with a query too and in any order', async () => {
    await using bench = await Workbench.open()
    const others = { 'a.csv': 'email,x\na@example.com,1\n', 'b.jsonl': '{"email":"b@example.com"}\n' }
    for (const query of ways)
      for (const files of [
        { [name]: content, ...others },
        { ...others, [name]: content },
      ]) {
        const { rows } = await open(bench, files, query)
        expect(await bench.run(rows)).toMatchObject({
          received: 2,
          hashes: ['a@example.com', 'b@example.com'].map(sha256).toSorted(),
        })
      }
  })

  it('alone, or with others that are empty, is refused in the same words, with a query too', async () => {
    await using bench = await Workbench.open()
    for (const query of ways) {
      await expect(open(bench, { [name]: content }, query)).rejects.toMatchObject({
        code: 'missing_email_column',
        data: { detail: `"${name}" is empty: it has no column "email" and no rows.` },
      })
      await expect(open(bench, { [name]: content, 'other.csv': '' }, query)).rejects.toMatchObject({
        code: 'missing_email_column',
        data: { detail: 'all 2 files are empty: they have no column "email" and no rows.' },
      })
    }
  })
})

it('a compressed file of no bytes, or a Parquet file of none, is no empty one but damaged', async () => {
  await using bench = await Workbench.open()
  for (const query of ways)
    for (const name of ['in.csv.gz', 'in.jsonl.gz', 'in.parquet'])
      await expect(
        open(bench, { 'a.csv': 'email\na@example.com\n', [name]: '' }, query).then(async ({ rows }) =>
          bench.prepare(rows),
        ),
      ).rejects.toMatchObject({ code: 'source_damaged' })
})

it('objects without keys are rows, and names without rows are none', async () => {
  await using bench = await Workbench.open()
  const objects = await open(bench, { 'a.jsonl': '{}\nnull\n{"email":"a@example.com"}\n' }, null)
  expect(await bench.prepare(objects.rows)).toMatchObject({ received: 3, invalidByReason: { blank: 2 } })
  for (const query of ways) {
    const { rows, preview } = await open(bench, { 'a.csv': 'email\n' }, query)
    expect(await bench.prepare(rows)).toMatchObject({ received: 0 })
    expect(await preview()).toMatchObject({ rows: [], rowCount: 0, emailColumnProblem: null })
  }
})
