import { mkdir } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { queriesRunHere } from '../support/queries-here.ts'
import type { QueriedRows } from '../../src/engines/local/duckdb/locked-query.ts'
import { prepareQuery } from '../../src/engines/local/duckdb/query.ts'
import { filesOf, sha256, spooled, Workbench } from './workbench.ts'

queriesRunHere()

const COLUMNS = ['id', 'email', 'note']
const MIB = 2 ** 20
const { signal } = new AbortController()

/** Rows with a note of many lines that begins just before each of these places; its lines look like rows. */
function withNotes(places: readonly number[]): { text: string; addresses: string[] } {
  const lines = ['id,email,note\n']
  const addresses: string[] = []
  let bytes = 0
  let next = 0
  for (let id = 0; next <= places.length; id += 1) {
    const isNote = next < places.length && bytes > (places[next] as number) - 2_000
    const inner = Array.from({ length: 200 }, (_, line) => `${line},inner${line}@b.test,x\n`).join('')
    const address = `m${id}@b.test`
    const line = `${id},${address},${isNote ? `"first\n${inner}last"` : 'y'.repeat(700)}\n`
    if (isNote || next === places.length) next += 1
    lines.push(line)
    addresses.push(address)
    bytes += line.length
  }
  return { text: lines.join(''), addresses }
}

it('what is within a note never becomes a row, wherever the engine splits the file', async () => {
  await using bench = await Workbench.open()
  const { text, addresses } = withNotes([2 * MIB, 4 * MIB, 6 * MIB, 8 * MIB])
  const path = await bench.write('in.csv', text)
  const hashes = addresses.map(sha256).toSorted()
  const direct = await bench.run(await filesOf('csv', [path], { columns: COLUMNS }))
  expect(direct).toMatchObject({ received: addresses.length, invalid: 0 })
  expect(direct.hashes).toEqual(hashes)
  for (const query of ['SELECT email FROM input', "SELECT email FROM input WHERE id >= 0 OR note = ''"]) {
    const rows = (await filesOf('csv', [path], { columns: COLUMNS, query })) as QueriedRows
    const stageDir = bench.path('stage')
    await mkdir(stageDir)
    const place = { limits: defaultLimits, signal, tempDir: bench.path('temp'), onBytes: () => undefined }
    const options = { ...place, hashed: false, onShare: () => undefined }
    const prepared = (await prepareQuery(rows, `${stageDir}/query`, options)).prepared()
    expect(prepared).toMatchObject({ received: addresses.length, invalid: 0 })
    const { spoolDir } = await bench.compare(stageDir)
    expect(await spooled(spoolDir, 'adds')).toEqual(hashes)
  }
})
