import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { examineCsv } from '../../src/engines/local/records/examine-csv.ts'
import { Fault } from '../../src/engines/local/records/record.ts'
import { linesIn } from '../../src/engines/local/records/whole-lines.ts'
import { modelCsv } from './model.ts'
import { Workbench } from './workbench.ts'

const HEAD = 'id,email,name\n'
const BYTES_MAX = 60
const layout = {
  delimiter: ',',
  linesAbove: 0,
  columnCount: 3,
  emailIndex: 1,
  otherIndexes: [0],
  bytesMax: BYTES_MAX,
}
const RECORD_BY_RECORD = 'record by record'

/** What an examination says in one line: the line end of a scan, its marks, and the addresses that are kept aside. */
async function examined(bytes: string | Uint8Array, roomBytes = 1_000, name = 'in.csv'): Promise<string> {
  await using bench = await Workbench.open()
  const path = await bench.write(name, bytes)
  const { signal } = new AbortController()
  const found = await examineCsv({ path, name }, layout, { signal, room: { bytes: roomBytes } })
  if (found === null) return RECORD_BY_RECORD
  const { lineEnd, hasQuotes, aside } = found
  const addresses = aside.addresses.map((value) => (value instanceof Fault ? value.reason : value))
  const others = aside.others.flat().map(String)
  return [JSON.stringify(lineEnd), hasQuotes ? 'marks' : 'plain', ...addresses.map(String), ...others].join(
    ' ',
  )
}

const bytesOf = (...parts: readonly (string | number)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from([part]))))
/** A record of so many bytes with its line end. */
const long = (bytes: number) => `${'x'.repeat(bytes - 3)},,\n`

describe('lines that a scan reads', () => {
  it.each<[string, string | Uint8Array, string]>([
    ['of LF', `${HEAD}1,a@b.test,x\n2,b@b.test,y\n`, String.raw`"\n" plain`],
    ['of CR LF', `${HEAD}1,a@b.test,x\n`.replaceAll('\n', '\r\n'), String.raw`"\r\n" plain`],
    ['without a last line end', `${HEAD}1,a@b.test,x`, String.raw`"\n" plain`],
    ['of a header alone', HEAD, String.raw`"\n" plain`],
    ['of a header without line end', 'id,email,name', String.raw`"\n" plain`],
    ['of nothing', '', String.raw`"\n" plain`],
    ['with a byte order mark', `\ufeff${HEAD}1,a@b.test,x\n`, String.raw`"\n" plain`],
    ['with empty ones', `${HEAD}\n1,a@b.test,x\n\n`, String.raw`"\n" plain`],
    ['with other numbers of fields', `${HEAD}1\n1,a@b.test\n1,a@b.test,x,y\n`, String.raw`"\n" plain`],
    ['with letters of other languages', `${HEAD}1,ä@b.test,東京\n`, String.raw`"\n" plain`],
    ['as long as they may be', `${HEAD}${long(BYTES_MAX)}${long(BYTES_MAX)}`, String.raw`"\n" plain`],
    ['with marks around the header alone', '"id","e,mail","name"\n1,a@b.test,x\n', String.raw`"\n" plain`],
    ['with whole marked fields', `${HEAD}"1","a@b.test",""\n`, String.raw`"\n" marks`],
    ['with marked fields and CR LF', 'id,email,name\r\n1,a@b.test,"x"\r\n', String.raw`"\r\n" marks`],
    ['with marked fields at the end', `${HEAD}1,a@b.test,"x"`, String.raw`"\n" marks`],
    ['with doubled marks', `${HEAD}1,a@b.test,"x ""y"""\n`, String.raw`"\n" marks`],
    ['with marks within fields', `${HEAD}1,a"b@b.test,6" nail\n`, String.raw`"\n" marks`],
    ['with empty fields too many', `${HEAD}"1",a@b.test,x,,\n`, String.raw`"\n" marks`],
    [
      'after one that is set aside',
      `${HEAD}1,a@b.test,"x,y"\n2,b@b.test,z\n`,
      String.raw`"\n" plain a@b.test 1`,
    ],
    [
      'after several that are set aside',
      `${HEAD}1,a@b.test,"x,y"\n"2,2",b@b.test,z\n3,"c",z\n`,
      String.raw`"\n" marks a@b.test b@b.test 1 2,2`,
    ],
    ['that are a separator in marks', `${HEAD}1,",",x\n`, String.raw`"\n" plain , 1`],
    ['that are set aside at the end', `${HEAD}1,a@b.test,"x,y"`, String.raw`"\n" plain a@b.test 1`],
    [
      'that are set aside with CR LF',
      'id,email,name\r\n1,a@b.test,"x,y"\r\n',
      String.raw`"\r\n" plain a@b.test 1`,
    ],
  ])('%s', async (_, bytes, said) => {
    expect(await examined(bytes)).toBe(said)
  })
})

describe('a file is read record by record', () => {
  it.each<[string, string | Uint8Array]>([
    ['with a lone CR', `${HEAD}1,a@b.test,x\r2,b@b.test,y\n`],
    ['with a lone CR at its end', `${HEAD}1,a@b.test,x\r`],
    ['with CR LF after LF', `${HEAD}1,a@b.test,x\r\n`],
    ['with LF after CR LF', 'id,email,name\r\n1,a@b.test,x\n'],
    ['with a lone CR among CR LF', 'id,email,name\r\n1,a@b.test,x\ry\r\n'],
    ['with a lone CR at the end of CR LF', 'id,email,name\r\n1,a@b.test,x\r'],
    ['that has CR as its only line end', 'id,email,name\r1,a@b.test,x\r'],
    ['with a NUL byte', `${HEAD}1,a@b.test,\0\n`],
    ['with bytes that are no UTF-8', bytesOf(HEAD, '1,a@b.test,', 0xff, '\n')],
    ['with a letter cut off at its end', bytesOf(HEAD, '1,a@b.test,', 0xc3)],
    ['with bytes in the header that are no UTF-8', bytesOf('id,email,', 0xe9, '\n1,a@b.test,x\n')],
    ['with a record of several lines', `${HEAD}1,a@b.test,"x\ny"\n`],
    ['with a record of several lines, each with all separators', `${HEAD}1,a@b.test,"x\n2,b@b.test,y"\n`],
    ['with a record of several lines that begins too short', `${HEAD}1,"a@b.test\n",x\n`],
    ['with a record of several lines that begins too long', `${HEAD}1,"a,b,c,d\n",x\n`],
    ['with a mark that is never closed', `${HEAD}1,a@b.test,"x\n`],
    ['with a mark that is never closed at its end', `${HEAD}1,a@b.test,"`],
    ['with a header of several lines', '"id","e\nmail","name"\n1,a@b.test,x\n'],
    ['with an empty header', '\n1,a@b.test,x\n'],
    ['with a line that is too long', `${HEAD}${long(BYTES_MAX + 1)}`],
    ['with a line that is too long among others', `${HEAD}1,a,x\n${long(BYTES_MAX + 1)}2,b,y\n`],
    ['with a last line that is too long', `${HEAD}${'x'.repeat(BYTES_MAX + 1)}`],
    ['with text after a closing mark', `${HEAD}1,"a@b.test"junk,x\n`],
    ['with text after a mark that closes a separator', `${HEAD}1,"a,b"junk,x\n`],
    ['with text after a doubled mark', `${HEAD}1,"a""@b"c",x\n`],
    ['with spaces before a mark', `${HEAD}1, "a@b.test",x\n`],
    ['with spaces before marks of which the last is open', `${HEAD}1, """,x\n`],
    ['with spaces after a mark', `${HEAD}1,"a@b.test" ,x\n`],
    ['with a mark that a doubled one seems to close', `${HEAD}1,a@b.test,"x""\n`],
    ['with a row that is too short, with marks', `${HEAD}1,"a@b.test"\n`],
    ['with a row that is too long, with marks', `${HEAD}1,"a@b.test",x,y\n`],
    ['with a backslash before a mark that closes', `${HEAD}1,a@b.test,"x\\"\n`],
    ['with a tab before a mark, and a separator in marks', `${HEAD}1,"x,y",\t"x\n`],
    ['with a tab before a mark', `${HEAD}1,a@b.test,\t"x\n`],
    ['with a field of one mark', `${HEAD}1,",x\n`],
  ])('%s', async (_, bytes) => {
    expect(await examined(bytes)).toBe(RECORD_BY_RECORD)
  })

  it('where more lines would be set aside than there is room for', async () => {
    const line = '1,a@b.test,"x,y"\n'
    expect(await examined(`${HEAD}${line}${line}`, 2 * line.length)).toBe(
      String.raw`"\n" plain a@b.test a@b.test 1 1`,
    )
    expect(await examined(`${HEAD}${line}${line}`, 2 * line.length - 1)).toBe(RECORD_BY_RECORD)
  })
})

it('finds in the pieces of a large file what it finds in a small one', async () => {
  // Larger than what is read at once, so that lines and letters lie across the borders of pieces.
  const lines = Array.from({ length: 60_000 }, (_, index) => `${index},"ä${index}@b.test",x\n`).join('')
  expect(await examined(HEAD + lines)).toBe(String.raw`"\n" marks`)
  expect(await examined(`${HEAD}${lines}1,a@b.test,"x,y"\n`)).toBe(String.raw`"\n" marks a@b.test 1`)
  for (const last of ['1,a@b.test,"x\n', '1,a@b.test,x\r\n', long(BYTES_MAX + 1), '1,\0,x\n'])
    expect(await examined(HEAD + lines + last)).toBe(RECORD_BY_RECORD)
})

it('reads no further where a line has become too long, so that no line fills the memory', async () => {
  const line = randomBytes(2_000_000).toString('base64')
  const cutOff = gzipSync(HEAD + line).subarray(0, -100_000)
  expect(await examined(cutOff, 0, 'in.csv.gz')).toBe(RECORD_BY_RECORD)
})

it('counts lines whatever their bytes are, and wherever they lie in memory', () => {
  const bytes = fc
    .uint8Array({ maxLength: 40 })
    .map((some) => some.map((byte) => (byte % 3 === 0 ? 0x0a : byte)))
  fc.assert(
    fc.property(bytes, fc.nat(7), fc.nat(40), (some, offset, first) => {
      const from = Math.min(first, some.length)
      const lines = Buffer.concat([Buffer.alloc(offset), some]).subarray(offset)
      const texts = lines.toString('latin1', from).split('\n')
      expect(linesIn(lines, from)).toBe(texts.at(-1) === '' ? texts.length - 1 : texts.length)
    }),
  )
  expect(linesIn(Buffer.alloc(5_000, '\n'), 3)).toBe(4_997)
})

it('lets no file be scanned that is refused over its marks when it is read record by record', async () => {
  const parts = [
    '1',
    'a@b.test',
    '"x"',
    '"x,y"',
    '"x""y"',
    '"x\\"',
    '\t"x',
    'x"',
    'x"y',
    '"',
    'é"x',
    '" "x',
    '',
  ]
  const line = fc.array(fc.constantFrom(...parts), { minLength: 1, maxLength: 4 })
  await using bench = await Workbench.open()
  const { signal } = new AbortController()
  let scanned = 0
  const check = async (lines: readonly (readonly string[])[]) => {
    const text = HEAD + lines.map((fields) => `${fields.join(',')}\n`).join('')
    const path = await bench.write('in.csv', text)
    const found = await examineCsv({ path, name: 'in.csv' }, layout, { signal, room: { bytes: 1_000 } })
    if (found === null) return
    scanned += 1
    expect(modelCsv(Buffer.from(text), ',', ['id', 'email', 'name'])).not.toBeNull()
  }
  await fc.assert(fc.asyncProperty(fc.array(line, { maxLength: 4 }), check), { numRuns: 4000 })
  expect(scanned).toBeGreaterThan(100)
})
