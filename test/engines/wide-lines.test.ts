import { expect, it } from 'vitest'
import { filesOf, Workbench } from './workbench.ts'

const COLUMNS = ['id', 'email', 'note']

/** A file whose rows take a scan much memory to pass over. */
function fileOf(count: number, note: string): string {
  const rows = Array.from({ length: count }, (_, id) => `${id},u${id}@b.test,${note}\n`)
  return `id,email,note\n${rows.join('')}`
}

it.each([
  ['few rows with many separators in a note', 6_000, `"${'a, '.repeat(150)}"`, 0],
  ['many rows with some separators in a note', 150_000, '"a, b, c, d, e"', 0],
  ['rows with many fields too many', 6_000, 'a,'.repeat(300), 6_000],
])('%s are read, with a query and without', async (_, count, note, invalid) => {
  await using bench = await Workbench.open()
  const path = await bench.write('in.csv', fileOf(count, note))
  for (const query of [null, 'SELECT email FROM input']) {
    const prepared = await bench.prepare(await filesOf('csv', [path], { columns: COLUMNS, query }))
    expect(prepared).toMatchObject({ received: count, invalid })
  }
})
