import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { filesOf, streamOf, Workbench, writeParquet } from './workbench.ts'

const signal = new AbortController().signal
const values = Array.from({ length: 300 }, (_, index) => `member${index}@example.com`)
/** With marks around a separator, so that a scan passes over it. */
const line = (value: string) => `1,${value},"x, y"\n`
/** However busy the machine is. */
const patient = { sampleSearchMs: 600_000 }
const masked = 'm•••••@e••••.com'

it('shows some arrivals, masked, from every kind of file', async () => {
  await using bench = await Workbench.open(patient)
  const csv = (extra = '') =>
    bench.write('in.csv', `id,email,name\n${values.map((value) => `1,${value},x\n`).join('')}${extra}`)
  const parquet = bench.path('in.parquet')
  await writeParquet(parquet, values)
  const sources = [
    await filesOf('csv', [await csv()]),
    await filesOf('csv', [await csv('ragged\n')]),
    await filesOf('csv', [await csv()], { query: 'SELECT email FROM input' }),
    await filesOf('parquet', [parquet]),
    await filesOf('json', [
      await bench.write('in.jsonl', values.map((email) => JSON.stringify({ email })).join('\n')),
    ]),
  ]
  for (const rows of sources) {
    const { spoolDir } = await bench.run(rows)
    const sample = await bench.engine.sampleArrivals({ rows, hashed: false, spoolDir, count: 3, signal })
    expect(sample).toEqual([masked, masked, masked])
  }
})

const twoFrom = (from: number) =>
  `id,email,name\n${[from, from + 1].map((n) => `1,member${n}@example.com,x\n`).join('')}`

it('shows no more than are wanted, of files that are read in different ways', async () => {
  await using bench = await Workbench.open(patient)
  const paths = [
    await bench.write('in.csv', twoFrom(0)),
    await bench.write('in.csv.gz', gzipSync(twoFrom(2))),
  ]
  const rows = await filesOf('csv', paths)
  const { spoolDir } = await bench.run(rows)
  expect(await bench.engine.sampleArrivals({ rows, hashed: false, spoolDir, count: 3, signal })).toHaveLength(
    3,
  )
})

it('shows only what arrives', async () => {
  await using bench = await Workbench.open(patient)
  const told = await bench.run(streamOf(values))
  const text = `id,email,name\n${[...values, 'new@shop.example.org'].map(line).join('')}`
  const rows = await filesOf('csv', [await bench.write('in.csv', text)])
  const { stageDir } = await bench.prepare(rows)
  const { spoolDir } = await bench.compare(stageDir, { toldDir: told.desiredDir })
  expect(await bench.engine.sampleArrivals({ rows, hashed: false, spoolDir, count: 3, signal })).toEqual([
    'n•••••@s••••.org',
  ])
  expect(
    await bench.engine.sampleArrivals({ rows: streamOf(values), hashed: false, spoolDir, count: 3, signal }),
  ).toEqual([])
})

it('shows none that is not found in time', async () => {
  await using bench = await Workbench.open({ sampleSearchMs: 1 })
  const lines = Array.from({ length: 20_000 }, (_, index) => `member${index}@example.com\n`)
  const rows = await filesOf('csv', [await bench.write('in.csv', `email\n${lines.join('')}`)])
  const { spoolDir } = await bench.run(rows)
  expect(await bench.engine.sampleArrivals({ rows, hashed: false, spoolDir, count: 3, signal })).toEqual([])
})
