import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { filesOf, sha256, Workbench, writeParquet } from './workbench.ts'

queriesRunHere()

/** A folder with a file of each odd name, and for each a neighbour that the name would match as a pattern. */
const NAMES = [
  ['a*', 'ab'],
  ['q?', 'qx'],
  ['[x]', 'x'],
  ['[!y]', 'z'],
  ['**', 'c'],
  ["it's", 'its'],
] as const

describe.each([null, 'SELECT email FROM input', 'SELECT email FROM input ORDER BY 1'])(
  'a file (query: %s)',
  (query) => {
    it.each(NAMES)('named %s.csv is read and %s.csv is not', async (name, neighbour) => {
      await using bench = await Workbench.open()
      const path = join(bench.dir, `${name}.csv`)
      await writeFile(path, 'id,email,name\n1,right@example.com,x\n')
      await writeFile(join(bench.dir, `${neighbour}.csv`), 'id,email,name\n2,wrong@example.com,x\n')
      const { hashes } = await bench.run(await filesOf('csv', [path], { query }))
      expect(hashes).toEqual([sha256('right@example.com')])
    })

    it.each(NAMES)('named %s.parquet or .jsonl is read and %s is not', async (name, neighbour) => {
      await using bench = await Workbench.open()
      const [parquet, json] = [join(bench.dir, `${name}.parquet`), join(bench.dir, `${name}.jsonl`)]
      await writeParquet(parquet.replaceAll("'", "''"), ['right@example.com'])
      await writeParquet(join(bench.dir, `${neighbour}.parquet`), ['wrong@example.com'])
      await writeFile(json, '{"email":"right@example.com"}\n')
      await writeFile(join(bench.dir, `${neighbour}.jsonl`), '{"email":"wrong@example.com"}\n')
      for (const rows of [
        await filesOf('parquet', [parquet], { query }),
        await filesOf('json', [json], { query, columns: ['email'] }),
      ])
        expect((await bench.run(rows)).hashes).toEqual([sha256('right@example.com')])
    })

    it('in a folder named like a column keeps its own values', async () => {
      await using bench = await Workbench.open()
      for (const folder of ['email=wrong', 'c1=wrong', 'name=wrong']) {
        const dir = join(bench.dir, folder)
        await mkdir(dir)
        await writeFile(join(dir, 'x.csv'), 'id,email,name\n1,right@example.com,ann\n')
        await writeFile(join(dir, 'x.jsonl'), '{"email":"right@example.com","name":"ann"}\n')
        const text = query === null ? null : "SELECT email FROM input WHERE name = 'ann'"
        for (const rows of [
          await filesOf('csv', [join(dir, 'x.csv')], { query: text }),
          await filesOf('json', [join(dir, 'x.jsonl')], { query: text, columns: ['email', 'name'] }),
        ])
          expect((await bench.run(rows)).hashes).toEqual([sha256('right@example.com')])
      }
    })
  },
)

it.each([null, 'SELECT email FROM input'])(
  'a file with a backslash in its name is read and not one in a folder of that name (query: %s)',
  async (query) => {
    await using bench = await Workbench.open()
    await mkdir(join(bench.dir, 'back'))
    const [csv, parquet] = [join(bench.dir, 'back\\slash.csv'), join(bench.dir, 'back\\slash.parquet')]
    await writeFile(csv, 'id,email,name\n1,right@example.com,x\n')
    await writeFile(join(bench.dir, 'back/slash.csv'), 'id,email,name\n2,wrong@example.com,x\n')
    await writeParquet(parquet, ['right@example.com'])
    await writeParquet(join(bench.dir, 'back/slash.parquet'), ['wrong@example.com'])
    for (const rows of [
      await filesOf('csv', [csv], { query }),
      await filesOf('parquet', [parquet], { query }),
    ])
      expect((await bench.run(rows)).hashes).toEqual([sha256('right@example.com')])
  },
)

it('a query cannot use the name of its file to reach the neighbour', async () => {
  await using bench = await Workbench.open()
  const path = join(bench.dir, 'a*.csv')
  await writeFile(path, 'id,email,name\n1,right@example.com,x\n')
  await writeFile(join(bench.dir, 'ab.csv'), 'id,email,name\n2,wrong@example.com,x\n')
  const query = `SELECT email FROM '${path}'`
  await expect(bench.run(await filesOf('csv', [path], { query }))).rejects.toMatchObject({
    code: 'query_failed',
  })
})
