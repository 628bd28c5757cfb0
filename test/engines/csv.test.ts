import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { filesOf, sha256, Workbench } from './workbench.ts'

const HEAD = 'id,email,name\n'

/** What the files hold, valid addresses by their letter, and invalid records by reason. */
const cases: Record<
  string,
  { bytes: string | Uint8Array; valid: string; invalid?: Record<string, number>; name?: string }
> = {
  'CR LF': { bytes: `${HEAD}1,a@b.test,x\n2,b@b.test,y\n`.replaceAll('\n', '\r\n'), valid: 'ab' },
  'LF and CR LF, and all kinds of line ends in marks': {
    bytes: `${HEAD}1,a@b.test,x\r\n2,b@b.test,y\n3,c@b.test,"a\r\nb\rc"\r\n4,d@b.test,"x\r5,z@b.test,z"\n`,
    valid: 'abcd',
  },
  'a lone CR in a note, and one around a field': {
    bytes: `${HEAD}1,a@b.test,x\rz@b.test\n2,\rb@b.test\r,"y"\r\n3,c@b.test,"y\ny" \r \n`,
    valid: 'abc',
  },
  'CR CR LF, as text that was converted twice has': {
    bytes: `${HEAD}1,a@b.test,x\n\n2,b@b.test,y\n`.replaceAll('\n', '\r\r\n'),
    valid: 'ab',
  },
  'CR alone': {
    bytes: `${HEAD}1,a@b.test,"x\r\ny"\n\n\n2,b@b.test,y`.replace(/(?<!\r)\n/g, '\r'),
    valid: 'ab',
  },
  'LF, and a CR at its end': { bytes: `${HEAD}1,a@b.test,x\n2,b@b.test,y\r`, valid: 'ab' },
  'a byte order mark': { bytes: `\ufeff${HEAD}1,a@b.test,x\n`, valid: 'a' },
  gzip: { bytes: gzipSync(`${HEAD}1,a@b.test,x\n2,b@b.test,y`), valid: 'ab', name: 'in.csv.gz' },
  'quoted names and line ends in them': { bytes: '"id","e\nmail","name"\n1,a@b.test,x\n', valid: 'a' },
  'short and long records': {
    bytes: `${HEAD}1,a@b.test,x\n2,b@b.test\n3,c@b.test,y,extra\n4,d@b.test,z\n\n5\n,,\n6,e@b.test,"q\nq"\n7,f@b.test,w`,
    valid: 'adef',
    invalid: { ragged_line: 3, blank: 1 },
  },
  'one empty field too many': {
    bytes: `${HEAD}1,a@b.test,x,\n2,b@b.test\n`,
    valid: 'a',
    invalid: { ragged_line: 1 },
  },
  'bytes that are not UTF-8': {
    bytes: Buffer.concat([
      Buffer.from(`${HEAD}1,a@b.test,`),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('\n2,b'),
      Buffer.from([0xe9]),
      Buffer.from('@b.test,y\n3,c@b.test,z\n'),
    ]),
    valid: 'ac',
    invalid: { bad_encoding: 1 },
  },
  'NUL bytes': { bytes: `${HEAD}1,a@b.test,x\0y\n2,b\0@b.test,y\n`, valid: 'a', invalid: { syntax: 1 } },
  'a field of 1 MB': {
    bytes: `${HEAD}1,a@b.test,${'x'.repeat(1e6)}\n2,${'y'.repeat(1e6)},y\n`,
    valid: 'a',
    invalid: { syntax: 1 },
  },
  'a line over the limit': {
    bytes: `${HEAD}1,a@b.test,${'x'.repeat(3e6)}\n2,b@b.test,y\n`,
    valid: 'b',
    invalid: { broken_line: 1 },
  },
  '10,000 columns': {
    bytes: `${HEAD}1,a@b.test${',x'.repeat(10_000)}\n2,b@b.test,y\n`,
    valid: 'b',
    invalid: { ragged_line: 1 },
  },
  'a quotation mark that is never closed': {
    bytes: `${HEAD}1,a@b.test,x\n2,"b@b.test,y\n3,c@b.test,z\n4,d@b.test,z\n`,
    valid: 'acd',
    invalid: { broken_line: 1 },
  },
  'marks in wrong places, line by line': {
    bytes: `${HEAD}1,a@b.test,"5" wide"\n2,b@b.test,"She said "call me""\n3,c@b.test,5" wide\n4,d@b.test,"x, y"\n5,e@b.test\n`,
    valid: 'cd',
    invalid: { broken_line: 2, ragged_line: 1 },
  },
  'addresses over several lines': {
    bytes: `${HEAD}1,"a@b.test\nb@b.test",x\n2,c@b.test,x\n`,
    valid: 'c',
    invalid: { syntax: 1 },
  },
  'marks in wrong places': {
    bytes: `${HEAD}1,a@b.test,x\n2,"b@b.test"junk,y\n3,c@b.test,"z"" k"\n4,d"q@b.test,z\n5, "e@b.test" ,z\n`,
    valid: 'ace',
    invalid: { broken_line: 1, syntax: 1 },
  },
  'marks in wrong places before a field in marks': {
    bytes: `${HEAD}1,"a"junk,"note, long"\n2,c@b.test,z\n`,
    valid: 'c',
    invalid: { broken_line: 1 },
  },
  'a mark that the next marked field closes': {
    bytes: `${HEAD}1,"a@b.test","Lee, Ann\n2,"b@b.test","Lee, Ann"\n3,"c@b.test","Lee,\nAnn"\n`,
    valid: 'bc',
    invalid: { broken_line: 1 },
  },
  'a mark that a note of several lines closes': {
    bytes: `${HEAD}1,a@b.test,"x\n2,b@b.test,"note\nz@b.test,z@b.test,1\nend"\n3,c@b.test,x\n`,
    valid: 'bc',
    invalid: { broken_line: 1 },
  },
  'a mark in the last row that is never closed': {
    bytes: `${HEAD}1,a@b.test,x\n2,b@b.test,"open\n`,
    valid: 'a',
    invalid: { broken_line: 1 },
  },
  'a long record with marks': {
    bytes: `${HEAD}1,a@b.test,${'x'.repeat(3e6)}\n2,"${'y'.repeat(3e6)}""${'y'.repeat(3e5)}","y,"\n3,${' '.repeat(3e6)}"q",y\n4,d@b.test,y\n`,
    valid: 'd',
    invalid: { broken_line: 3 },
  },
  'a header alone': { bytes: HEAD, valid: '' },
  'nothing after a header without line end': { bytes: 'id,email,name', valid: '' },
}

/** What may be the text of a note, with an address in it. */
const doubtful: Record<string, string> = {
  'a note after marks in its first line':
    '1,a@b.test,"She said "call me" and gave:\n2,z@b.test,her own\nregards"\n3,c@b.test,z\n',
  'a note of one more line': '1,a@b.test,"She said "call me" and gave:\n2,z@b.test,her own"\n3,c@b.test,z\n',
  'a note after an inch mark': '1,a@b.test,"He measures 5" and gave:\n2,z@b.test,foo\nbye"\n3,c@b.test,z\n',
  'a note after marks that a backslash marks': '1,a@b.test,"5\\" tv\n2,z@b.test,foo\nbye"\n3,c@b.test,z\n',
  'a note after marks at the end of its first line':
    '1,a@b.test,"says \\"hi\\"\n2,z@b.test,foo\nbye"\n3,c@b.test,z\n',
  'a note whose lines are fields too': '1,a@b.test,"a, "quoted" and "\n2,z@b.test,foo\nbye"\n3,c@b.test,z\n',
  'text after the mark that closes a note': '1,a@b.test,"note\nz@b.test,z@b.test,x\nend"junk\n2,c@b.test,z\n',
  'a mark within a note': '1,a@b.test,"note\nz@b.test,z@b.test,x\nsaid "no" to it"\n2,c@b.test,z\n',
  'a note after a mark in a wrong place': '1,"a"junk,"note\nz@b.test,z@b.test,x\nend"\n2,c@b.test,z\n',
  'a note in a row with a field too many': '1,"note\nz@b.test,z@b.test,2\nend",1,x\n2,c@b.test,z\n',
  'a note in a row with too few fields': '1,"note\nz@b.test,z@b.test,2\nend"\n2,c@b.test,z\n',
  'the last line of a note in a row with a field too many': '1,"note\nend",1,more\n2,c@b.test,z\n',
  'text with a mark after a note': '1,a@b.test,"note\nz@b.test,z@b.test,2\nend"x,1,y\n2,c@b.test,z\n',
  'a mark before an address that an inch mark closes':
    '1,"a@b.test,x\n2,b@b.test,x\n3,c@b.test,5"\n4,d@b.test,x\n',
  'rows in an address': '1,"a@b.test\n2,z@b.test,x\n3,y@b.test",x\n4,c@b.test,x\n',
  'a line of a note with its own marks': '1,a@b.test,"He "x" y\n2,z@b.test,"k"\nbye"\n',
  'a line of a note with its own marks, and text after its end':
    '1,a@b.test,"He "x" y\n2,z@b.test,"k"\nbye" now\n',
  'a note among fields in marks':
    '"1","a@b.test","see "list":\n"2","z@b.test","k"\nthanks"\n"3","c@b.test","n"\n',
  'a note among fields in marks that ends in a mark alone':
    '"1","a@b.test","see "list":\n"2","z@b.test","k"\n"\n"3","c@b.test","n"\n',
  'a note among fields in marks that ends in a quoted word':
    '"1","a@b.test","see "list":\n"2","z@b.test","k"\n"these" all"\n"3","c@b.test","n"\n',
  'marks after a backslash': '1,a@b.test,"said \\"\n2,z@b.test,k"\n',
  'marks after a backslash, in a row with a field too many': '1,a@b.test,"x \\",2\n2,z@b.test,k\nend"\n',
  'marks after a backslash among fields in marks':
    '"1","a@b.test","said \\"hi\\"\n"2","z@b.test","k"\n"\n"3","c@b.test","n"\n',
  'a tab before the mark of a note': '1,a@b.test,\t"note\n2,z@b.test,k\nend"\n',
  'a note that is not closed': '1,a@b.test,"note\nz@b.test,z@b.test,x\nend\n',
  'an end within a note': '1,a@b.test,"note\nz@b.test,z@b.test,x',
  'an end within a note, after a mark in a wrong place': '1,"a"junk,"note\nz@b.test,z@b.test,x',
  'an end within a field': '1,a@b.test,"note',
  'a long note': `1,a@b.test,"note\nz@b.test,z@b.test,${'x'.repeat(3e6)}"\n2,c@b.test,z\n`,
  'a long note with its line break at its end': `1,a@b.test,"${'x'.repeat(3e6)}\nz@b.test,z@b.test,x\nend"\n2,c@b.test,z\n`,
  'a note after a long field': `1,${'x'.repeat(3e6)},"note\nz@b.test,z@b.test,x\nend"\n2,c@b.test,z\n`,
  'a note after a long field in marks': `1,"${'x""'.repeat(1e6)}","note\nz@b.test,z@b.test,x\nend"\n2,c@b.test,z\n`,
}

describe('a CSV file is refused over', () => {
  it.each(Object.entries(doubtful))('%s', async (_, lines) => {
    await using bench = await Workbench.open()
    for (const name of ['in.csv', 'in.csv.gz']) {
      const text = `${HEAD}0,b@b.test,x\n${lines}`
      const path = await bench.write(name, name.endsWith('gz') ? gzipSync(text) : text)
      await expect(bench.run(await filesOf('csv', [path]))).rejects.toMatchObject({
        code: 'source_damaged',
        data: { detail: expect.stringMatching(/^".*in\.csv(?:\.gz)?" .* line 3/) },
      })
    }
  })
})

/** Where rows end is not certain. */
const mixed: Record<string, { text: string; line: number }> = {
  'two rows that a CR divides': { text: `${HEAD}0,a@b.test,x\n1,b@b.test,x\r2,z@b.test,y\n`, line: 3 },
  'a CR in a row that is too short': { text: `${HEAD}1,a@b.test\rx\n`, line: 2 },
  'a CR in a row with one empty field too many': { text: `${HEAD}1,a@b.test,x\r,\n`, line: 2 },
  'a CR among spaces': { text: `${HEAD}0,a@b.test,x\n \r \n`, line: 3 },
  'a CR in the only column': { text: 'email\na@b.test\n\nb@b.test\rz@b.test\n', line: 4 },
  'a CR among CR LF': { text: 'id,email,name\r\n1,a@b.test,x\r2,z@b.test,y\r\n', line: 2 },
  'a CR before a note that begins with a mark': {
    text: `${HEAD}1,a@b.test,x\r "2\nz@b.test,z@b.test,x\n"\n`,
    line: 2,
  },
  'a CR before the first mark': { text: `${HEAD}1,a@b.test,\r"note\nz@b.test,z@b.test,x\n"\n`, line: 2 },
  'a CR in a row with a mark in a wrong place': {
    text: `${HEAD}1,"a@b.test"x,y\ry\n2,b@b.test,"x"\n`,
    line: 2,
  },
  'a CR after a mark in a wrong place': { text: `${HEAD}1,"a@b.test"x,y\n2,b@b.test,x\ry\n`, line: 2 },
  'a CR within an open mark': { text: `${HEAD}1,"a@b.test,x\r2,b@b.test,y\n3,c@b.test,z\n`, line: 2 },
  'a CR within a mark that an inch mark closes': { text: `${HEAD}1,"a@b.test,x\r2,b@b.test,5"\n`, line: 2 },
  'a CR in a row that is too long': { text: `${HEAD}1,a@b.test,${'x'.repeat(3e6)}\r2,z@b.test,y\n`, line: 2 },
  'a CR in a long row before a note': { text: `${HEAD}1,${'x'.repeat(3e6)},\ry,"note\n"\n`, line: 2 },
  'a note that breaks off in a line end': { text: `${HEAD}1,a@b.test,"note\r`, line: 2 },
  'LF after a header with CR': { text: `id,email,name\r1,a@b.test,x\n2,b@b.test,y\n`, line: 2 },
  'CR LF after a header with CR': { text: `id,email,name\r1,a@b.test,x\r\n2,b@b.test,y\r\n`, line: 3 },
  'LF in a note among CR': { text: `id,email,name\r1,a@b.test,x\r2,b@b.test,x\ny\r`, line: 3 },
  'LF at the end of CR': { text: `id,email,name\r1,a@b.test,x\r\n`, line: 3 },
  'LF in a row among CR that is too long': {
    text: `id,email,name\r1,a@b.test,${'x'.repeat(3e6)}\n\r`,
    line: 2,
  },
  'LF within an open mark among CR': {
    text: `id,email,name\r1,"a@b.test,x\n2,b@b.test,y\r3,c@b.test,z\r`,
    line: 2,
  },
}

describe('a CSV file with mixed line ends is refused over', () => {
  it.each(Object.entries(mixed))('%s', async (_, { text, line }) => {
    await using bench = await Workbench.open()
    const columns = text.startsWith('email') ? ['email'] : ['id', 'email', 'name']
    for (const name of ['in.csv', 'in.csv.gz']) {
      const path = await bench.write(name, name.endsWith('gz') ? gzipSync(text) : text)
      await expect(bench.run(await filesOf('csv', [path], { columns }))).rejects.toMatchObject({
        code: 'source_damaged',
        data: { detail: expect.stringMatching(new RegExp(`^".*in\\.csv(?:\\.gz)?" .* line ${line}\\b`)) },
      })
    }
  })
})

const addresses = (letters: string) =>
  letters
    .split('')
    .map((letter) => sha256(`${letter}@b.test`))
    .toSorted()

describe('a CSV file with', () => {
  it.each(Object.entries(cases))('%s', async (_, { bytes, valid, invalid = {}, name = 'in.csv' }) => {
    await using bench = await Workbench.open()
    const result = await bench.run(await filesOf('csv', [await bench.write(name, bytes)]))
    expect(result.hashes).toEqual(addresses(valid))
    expect(result.invalidByReason).toEqual(invalid)
    expect(result.received).toBe(result.valid + result.invalid)
  })

  it('one column: empty lines are blank values', async () => {
    await using bench = await Workbench.open()
    const path = await bench.write('in.csv', 'email\na@b.test\n\n""\n  \nb@b.test\n')
    const result = await bench.run(await filesOf('csv', [path], { columns: ['email'] }))
    expect(result).toMatchObject({ received: 5, invalidByReason: { blank: 3 }, hashes: addresses('ab') })
  })
})

it('loses no record and no address, whatever stands around them', async () => {
  await using bench = await Workbench.open()
  const good = fc
    .constantFrom(...'abcdefgh'.split(''))
    .map((letter) => ({ texts: [`1,${letter}@b.test,"x, ""y""\n"`], letter, bad: 0 }))
  const bad = fc
    .constantFrom('1', '1,a@b.test', '1,a@b.test,x,y', '1,nobody,x', ',,', `1,${'x'.repeat(3000)},x`)
    .map((text) => ({ texts: [text], letter: '', bad: 1 }))
  // What stands after it must show that its mark left nothing open.
  const broken = fc.constant({ texts: ['1,"z@b.test"z,x', '1,a@b.test,"x"'], letter: 'a', bad: 1 })
  const kinds = [
    { weight: 27, arbitrary: good },
    { weight: 3, arbitrary: bad },
    { weight: 1, arbitrary: broken },
  ]
  const records = fc.array(fc.oneof(...kinds), { maxLength: 400 })
  await fc.assert(
    fc.asyncProperty(records, fc.constantFrom('\n', '\r\n'), fc.boolean(), async (drawn, lineEnd, ends) => {
      const lines = drawn.flatMap(({ texts }) => texts)
      const text = HEAD + lines.join(lineEnd) + (ends && lines.length > 0 ? lineEnd : '')
      const result = await bench.run(await filesOf('csv', [await bench.write('in.csv', text)]))
      expect(result.received).toBe(lines.length)
      expect(result.invalid).toBe(drawn.filter((record) => record.bad === 1).length)
      expect(result.hashes).toEqual(addresses([...new Set(drawn.map((record) => record.letter))].join('')))
    }),
    { numRuns: 25 },
  )
})

it('survives binary junk and counts it', async () => {
  await using bench = await Workbench.open()
  // Without quotation marks and carriage returns, over which it would be refused.
  const junk = Buffer.from(
    Array.from({ length: 100_000 }, (_, index) => (index * index * 31 + (index >> 3)) & 0xff),
  ).filter((sign) => sign !== 0x22 && sign !== 0x0d)
  const result = await bench.run(
    await filesOf('csv', [await bench.write('in.csv', Buffer.concat([Buffer.from(HEAD), junk]))]),
  )
  expect(result.valid).toBe(0)
  expect(result.received).toBe(result.invalid)
  expect(result.invalid).toBeGreaterThan(0)
})

it('reads several files of several layouts', async () => {
  await using bench = await Workbench.open()
  const first = await filesOf('csv', [
    await bench.write('1.csv', `${HEAD}1,a@b.test,x\n2,jane.doe@invalid,y\n`),
    await bench.write('2.csv', `${HEAD}1,b@b.test,x\nragged\n`),
  ])
  const second = await filesOf('csv', [await bench.write('3.tsv', 'email\tid\nc@b.test\t1\n\t2\n')], {
    delimiter: '\t',
    columns: ['email', 'id'],
  })
  const third = await filesOf('json', [
    await bench.write('4.jsonl', '{"email":"d@b.test"}\n{broken\n{"id":1}\n'),
  ])
  const rows = { ...first, tables: [...first.tables, ...second.tables, ...third.tables] }
  const result = await bench.run(rows)
  expect(result.hashes).toEqual(addresses('abcd'))
  expect(result.invalidByReason).toEqual({ syntax: 1, ragged_line: 1, blank: 2, broken_line: 1 })
})

it('names a source that has gone, and a broken gzip', async () => {
  await using bench = await Workbench.open()
  await expect(bench.run(await filesOf('csv', [bench.path('gone.csv')]))).rejects.toMatchObject({
    code: 'source_not_found',
  })
  const cut = gzipSync(HEAD + '1,a@b.test,x\n'.repeat(1000)).subarray(0, 60)
  await expect(bench.run(await filesOf('csv', [await bench.write('cut.csv.gz', cut)]))).rejects.toMatchObject(
    { code: 'source_damaged' },
  )
})
