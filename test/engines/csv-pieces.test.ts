import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { CsvReader } from '../../src/engines/local/records/csv-records.ts'
import { Fault } from '../../src/engines/local/records/record.ts'
import { LINE_BYTES_MAX, modelCsv } from './model.ts'

/** What a reader finds in a text that it is given in pieces: values and faults, or what is wrong. */
function readIn(
  text: string,
  pieceBytes: number,
  columns: readonly string[] = ['email', 'x'],
  bytesMax = 12,
): string {
  const layout = {
    delimiter: ',',
    linesAbove: 0,
    columnCount: columns.length,
    emailIndex: columns.indexOf('email'),
    otherIndexes: [],
    bytesMax,
  }
  const reader = new CsvReader(layout, 'in.csv', text.startsWith(columns.join(',')))
  const bytes = Buffer.from(text)
  const found: string[] = []
  let rest = Buffer.alloc(0)
  try {
    for (let at = 0; at <= bytes.length; at += pieceBytes) {
      const whole = at + pieceBytes > bytes.length
      const part = Buffer.concat([rest, bytes.subarray(at, at + pieceBytes)])
      const batch = reader.read(part, whole)
      found.push(...batch.addresses.map((value) => (value instanceof Fault ? value.reason : String(value))))
      rest = part.subarray(reader.used)
    }
    return found.join(' ')
  } catch (error) {
    return String(error)
  }
}

it('where a text is split makes no difference', () => {
  const long = 'x'.repeat(9)
  const texts = [
    'a,1\r\nb,2\rc,3\n',
    'a,1\r\r\nb,2\r \r\nc,3\n',
    'a,1\r\rb,2\r\nc,3\n',
    `a,1\n${long}${long},2\r\r\r\nb,3\r\r`,
    `a,1\n${long}${long},"\n"\r\r\r\rb,3\n`,
    `a,1\n${long}${long},\r\r\r\r"\n"\n`,
    `a,1\r${long}${long},2\r\r${long}${long},3\n\r`,
    'a,"x\rb,2\nc,3\n',
    'a,1\nb,"x\ry"\n',
    'a,1\nb,"x\ry,2\n',
    'a,1\n"b\rc,2\n',
    `a,"${long}""${long}"\nb,2\n`,
    `a,"${long}","y\nz,3\n"\nb,2\n`,
    `"${long}",y,  "q\nz,3\n"\nb,2\n`,
    `${long}${long},"q, r"" s"  ,\r\nb,2\r\n`,
    `${long}"${long},"a"x,"b"\nb,2\n`,
    `a,"${long}${long}`,
    'a,"x\nb,2\n',
    'a,"x\nb,"y\nz"\n',
    'a,"x\nb,2"c\nd,4\n',
    'a,"x\nb,2',
    `a,"x\nb,2\n${'c,3\n'.repeat(9)}`,
    `"a"b,1\n,${long}${long}\nc,3\n`,
    `"a"b,1\n${long}${long},"x\ny"\nc,3\n`,
    `"a,1\n"${long}${long},x\ny"\nc,3\n`,
    `a,"1\n${long}",${long},2\n,"${long}\nc,3\n"${long}\n`,
  ]
  for (const text of texts)
    for (let pieceBytes = 1; pieceBytes < text.length; pieceBytes += 1)
      expect(`${pieceBytes} ${readIn(text, pieceBytes)}`).toBe(`${pieceBytes} ${readIn(text, text.length)}`)
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', '"', '""', ',', '\n', '\r', '\r\n', ' ', 'a,b\n', long), {
        maxLength: 30,
      }),
      fc.integer({ min: 1, max: 40 }),
      (parts, pieceBytes) => {
        const text = parts.join('')
        expect(readIn(text, pieceBytes)).toBe(readIn(text, text.length + 1))
      },
    ),
    { numRuns: 2000 },
  )
})

/** Texts of few rows that are whole among signs that are not, most of them with one kind of line end. */
const textsOfRows = fc
  .record({
    columns: fc.constantFrom<string[][]>(['email'], ['email', 'x'], ['x', 'email'], ['x', 'email', 'y']),
    end: fc.constantFrom('\n', '\r', '\r\n', '\r\r\n'),
    parts: fc.array(
      fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom('a', '"', '""', ',', '\n', '\r', '\r\n', ' ') },
        { weight: 2, arbitrary: fc.constantFrom('end', 'row', 'row', 'row', 'quoted', '"a"', 'a\ra') },
        { weight: 1, arbitrary: fc.constant('x'.repeat(LINE_BYTES_MAX / 2 + 50)) },
      ),
      { maxLength: 24 },
    ),
  })
  .map(({ columns, end, parts }) => {
    const line = (field: string) => columns.map(() => field).join(',') + end
    const named = new Map([
      ['end', end],
      ['row', line('b')],
      ['quoted', line('"q"')],
    ])
    return { columns, text: columns.join(',') + end + parts.map((part) => named.get(part) ?? part).join('') }
  })

it('a reader finds what an independent one does, or refuses the file as that does', () => {
  fc.assert(
    fc.property(textsOfRows, fc.integer({ min: 1, max: 3000 }), ({ columns, text }, pieceBytes) => {
      const rows = modelCsv(Buffer.from(text), ',', columns)
      const said = rows?.map((row) => ('fault' in row ? row.fault : String(row.value))).join(' ')
      const found = readIn(text, pieceBytes, columns, LINE_BYTES_MAX)
      expect(found.includes('Source damaged') ? 'refused' : found).toBe(said ?? 'refused')
    }),
    { numRuns: 3000 },
  )
})
