import { appendFile, open, readFile, rename, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { countRows, previewQuery } from '../../src/engines/local/preview.ts'
import { readWhole } from '../../src/engines/local/whole-files.ts'
import { openSource } from '../../src/sources/open-source.ts'
import { writeWith } from './checksummed-parquet.ts'
import { optionsFor, run, told, ways } from './whole.ts'
import { Workbench } from './workbench.ts'

queriesRunHere()

const rows = Array.from({ length: 4000 }, (_, index) => `user${index}@example.com,${index % 9}`)
const csv = `email,id\n${rows.join('\n')}\n`
const json = rows.map((row, id) => `${JSON.stringify({ email: row.split(',')[0], id })}\n`).join('')

describe.each([
  ['csv', csv],
  ['jsonl', json],
])('a compressed %s file', (ending, text) => {
  const whole = gzipSync(text)
  const flipped = Buffer.from(whole)
  flipped[whole.length >> 1] = (whole[whole.length >> 1] as number) ^ 0xff
  const twice = Buffer.concat([
    whole,
    gzipSync(ending === 'csv' ? 'last@example.com,1\n' : json.slice(0, 400)),
  ])

  test.each([
    ['cut off', whole.subarray(0, whole.length >> 1)],
    ['without its trailer', whole.subarray(0, -8)],
    ['with a wrong checksum', Buffer.concat([whole.subarray(0, -8), Buffer.alloc(4), whole.subarray(-4)])],
    ['with a damaged middle', flipped],
    ['with its second part cut', twice.subarray(0, -12)],
    ['with a damaged second part', Buffer.concat([whole, Buffer.alloc(1), twice.subarray(whole.length + 1)])],
    ['with something after it', Buffer.concat([whole, Buffer.from('more')])],
  ])('%s is refused by run, preview and count', async (_, bytes) => {
    await using bench = await Workbench.open()
    const path = await bench.write(`in.${ending}.gz`, bytes)
    const refusal = /^source_damaged: Source damaged: ".*in\.(?:csv|jsonl)\.gz" /
    for (const query of ways) {
      const options = optionsFor(bench, path, query)
      expect(await run(bench, path, query)).toMatch(refusal)
      expect(await told(async () => JSON.stringify(await countRows(options)))).toMatch(refusal)
      expect(await told(async () => JSON.stringify(await previewQuery({ ...options, rowsMax: 3 })))).toMatch(
        refusal,
      )
    }
  })
})

const A = '{"email":"a@example.com"}'
const B = '{\n"email":\n"b@example.com"}'

describe('JSON that is not whole', () => {
  test.each([
    ['a list without its end', `[${A},\n${B}\n`, 'ends in line 5'],
    ['a list that ends after a comma', `[${A},\n${B},`, 'ends in line 4'],
    ['a list that ends within an object', `[${A},\n{"email":"b`, 'object in line 2 is never closed'],
    ['lines that end within an object', `${A}\n${A}\n{"email":"b`, 'object in line 3 is never closed'],
    ['an object that a text ends in', `${A}\n{\n"email":`, 'object in line 2 is never closed'],
    ['a list with an object after it', `[${A}]\n${B}`, 'line 2 holds more data after the end of its list'],
    ['a list with a list after it', `[${A}][${B}]`, 'line 1 holds more data after the end of its list'],
    ['a list with a bracket after it', `[${A}]\n]`, 'line 2 holds more data after the end of its list'],
    ['a list of lists', `[${A},\n[${B}]]`, 'damaged in line 2'],
    ['a list with a number', `[${A},\n7,${B}]`, 'damaged in line 2'],
    ['a list with a text', `[${A},\n"x",${B}]`, 'damaged in line 2'],
    ['a list with nothing between commas', `[${A},\n,${B}]`, 'damaged in line 2'],
    ['a list that begins with a comma', `[,${A}]`, 'damaged in line 1'],
    ['a list with a comma at its end', `[${A},\n]`, 'damaged in line 2'],
    ['a list without a comma', `[${A}\n${B}]`, 'damaged in line 2'],
    ['a list with an object that is none', `[${A},\n{"email": b@example.com},${B}]`, 'damaged in line 2'],
    ['a list with a text that goes on over lines', `[${A},{"email":"b\n"},${B}]`, 'damaged in line 1'],
    ['a list without its beginning', `${A},\n${B}\n]`, 'damaged in line 5'],
  ])('%s is refused with its line, with a query too', async (_, text, words) => {
    await using bench = await Workbench.open()
    for (const name of ['in.json', 'in.jsonl.gz']) {
      const path = await bench.write(name, name.endsWith('gz') ? gzipSync(text) : text)
      for (const query of ways) {
        const said = await run(bench, path, query)
        expect(said).toMatch(/^source_damaged: .*"[^"]*in\.jsonl?(?:\.gz)?" /)
        expect(said).toContain(words)
      }
    }
  })

  test('in one of many pieces is named with its line in the file', async () => {
    await using bench = await Workbench.open()
    const path = await bench.write('in.json', `[\n${`${A},\n`.repeat(40_000)}`)
    for (const query of ways) expect(await run(bench, path, query)).toContain('ends in line 40,002')
  })

  test('does not keep what is odd and whole from being read', async () => {
    await using bench = await Workbench.open()
    const texts = [`${A}${A}`, `${A},\n${A},\n`, `\n [ ${A} , null ,${A}\n]\n\n`, `[1]\n${A}\n7\n`]
    for (const [index, text] of texts.entries()) {
      // The last is no list of objects, and its first line says so.
      const path = await bench.write('in.json', text)
      for (const query of ways)
        expect(await run(bench, path, query)).toMatch(index === 3 ? /^source_damaged/ : /^[0-9a-f]{64}$/)
    }
  })
})

/** To the second, so that a test can put it back. */
const WRITTEN_AT_S = 1_000_000_000

async function fileOf(bench: Workbench, format: string): Promise<string> {
  const path = bench.path(`in.${format}`)
  if (format === 'parquet')
    await writeWith(path, `SELECT 'user' || i || '@example.com' AS email FROM range(500) t(i)`)
  else await writeFile(path, format === 'jsonl' ? json : format === 'csv' ? csv : gzipSync(csv))
  await utimes(path, WRITTEN_AT_S, WRITTEN_AT_S)
  return path
}

test.each([
  ['blank lines', '\n,,\r\n  \nemail,id\n'],
  ['sep=', 'sep=,\r\nemail,id\r\n'],
  ['both, and returns alone', '\ufeff\r\rsep=,\r\remail,id\r'],
  ['both, and two returns in each line end', '\r\r\nsep=,\r\r\n\r\nemail,id\r\r\n'],
])('rows below a header that %s stand above are all read, with a query too', async (_, head) => {
  await using bench = await Workbench.open()
  const end = head.endsWith('\r') ? '\r' : '\n'
  const lines = ['b@example.com,1', ',2', 'c@example.com,3', 'd@example.com,4'].join(end)
  const plain = await bench.write('plain.csv', `email,id${end}${lines}${end}`)
  for (const name of ['above.csv', 'above.CSV.GZ']) {
    const text = `${head}${lines}${end}`
    const path = await bench.write(name, name.endsWith('GZ') ? gzipSync(text) : text)
    for (const query of ways) {
      const { rows: opened } = await openSource(optionsFor(bench, path, query))
      expect(await bench.prepare(opened)).toMatchObject({
        received: 4,
        valid: 3,
        invalidByReason: { blank: 1 },
      })
      expect(await run(bench, path, query)).toBe(await run(bench, plain, null))
    }
  }
})

test('an open quotation mark is named with its line in the file, with lines above the header too', async () => {
  await using bench = await Workbench.open()
  for (const [head, line] of [
    ['email,id\n', 3],
    ['\n\nsep=,\nemail,id\n', 6],
  ] as const) {
    const path = await bench.write('in.csv', `${head}a@example.com,1\nb@example.com,"2\nc`)
    for (const query of ways) expect(await run(bench, path, query)).toContain(`line ${line}`)
  }
})

test('files with other lines above their header are read each by its own', async () => {
  await using bench = await Workbench.open()
  const from = [
    await bench.write('a.csv', 'sep=,\nemail,id\na@example.com,1\n'),
    await bench.write('b.csv', 'email,id\nb@example.com,2\n'),
  ]
  for (const paths of [from, from.toReversed()])
    for (const query of ways) {
      const { rows: opened } = await openSource({ ...optionsFor(bench, '', query), from: paths })
      expect(await bench.prepare(opened)).toMatchObject({ received: 2, valid: 2 })
    }
})

test('a title of one cell above one name is refused, and may be the name that a query means', async () => {
  await using bench = await Workbench.open()
  const path = await bench.write('in.csv', 'Customers\nemail\na@example.com\n')
  expect(await run(bench, path, null)).toContain('has text above its header line')
  expect(await run(bench, path, 'SELECT Customers AS email FROM input')).toMatch(/^[0-9a-f]{64}$/)
})

describe('a file that changes', () => {
  const changes: readonly (readonly [string, string, (path: string) => Promise<void>])[] = [
    ['grows', 'became longer', (path) => appendFile(path, 'z')],
    ['is cut', 'became shorter', async (path) => truncate(path, (await readFile(path)).length >> 1)],
    [
      'is replaced',
      'was replaced',
      async (path) => {
        await writeFile(`${path}.new`, await readFile(path))
        await rename(`${path}.new`, path)
      },
    ],
    ['is written to in place', 'was written to', (path) => utimes(path, 1, 1)],
    ['is written to in place with its time put back', 'was changed', rewriteUnseen],
  ]
  const formats = ['csv', 'csv.gz', 'jsonl', 'parquet']

  test.each(changes)('and %s between its header and its rows fails the run', async (_, words, change) => {
    await using bench = await Workbench.open()
    for (const format of formats)
      for (const query of ways) {
        const path = await fileOf(bench, format)
        const opened = await openSource(optionsFor(bench, path, query))
        await change(path)
        const said = await told(async () => (await bench.run(opened.rows)).hashes.join())
        expect(said).toMatch(new RegExp(`^source_damaged: .*"[^"]+" ${words} while it was being read\\.`))
      }
  })

  test.each(changes)(
    'and %s while its rows are read fails it as well, and may pass later',
    async (_, words, change) => {
      await using bench = await Workbench.open()
      const path = await fileOf(bench, 'csv')
      const { rows: opened } = await openSource(optionsFor(bench, path, null))
      if (opened.kind !== 'files') throw new Error('no files')
      const reading = readWhole(opened, optionsFor(bench, path, null), async () => {
        await bench.run(opened)
        await change(path)
      })
      await expect(reading).rejects.toMatchObject({
        code: 'source_damaged',
        passing: true,
        data: { detail: expect.stringContaining(words) },
      })
    },
  )

  test('or not, is not what anyone waits for after an abort', async () => {
    await using bench = await Workbench.open()
    const leaving = new AbortController()
    const options = { ...optionsFor(bench, await fileOf(bench, 'csv'), null), signal: leaving.signal }
    const { rows: opened } = await openSource(options)
    if (opened.kind !== 'files') throw new Error('no files')
    const reading = readWhole(opened, options, async () => {
      leaving.abort(new Error('left'))
      return Promise.resolve('all of it')
    })
    await expect(reading).rejects.toThrow('left')
  })

  test('and is removed fails it when all was read, and is not found before', async () => {
    await using bench = await Workbench.open()
    const path = await fileOf(bench, 'csv')
    const { rows: opened } = await openSource(optionsFor(bench, path, null))
    if (opened.kind !== 'files') throw new Error('no files')
    const reading = readWhole(opened, optionsFor(bench, path, null), () => rm(path))
    await expect(reading).rejects.toMatchObject({ code: 'source_damaged' })
    expect(await told(async () => (await bench.run(opened)).hashes.join())).toMatch(/^source_not_found: /)
  })
})

/** Writes over a file in place: equal in size and time of modification. */
async function rewriteUnseen(path: string): Promise<void> {
  const before = await stat(path, { bigint: true })
  const content = await readFile(path)
  let after = before
  // The clock of a file system is coarse; a change within one tick of it leaves no trace.
  while (after.ctimeNs === before.ctimeNs) {
    await using file = await open(path, 'r+')
    await file.write(content, 0, content.length, 0)
    await file.utimes(WRITTEN_AT_S, WRITTEN_AT_S)
    after = await file.stat({ bigint: true })
  }
  expect([after.size, after.mtimeNs]).toEqual([before.size, before.mtimeNs])
}
