import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { writeRows } from './parquet.ts'
import { modelCsv, PLAIN } from './model.ts'
import type { ModelFile, ModelQuery, ModelRow } from './model.ts'

const addresses = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom(...Array.from('abcdefghij')).map((letter) => `${letter}@example.com`),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ' K@Example.com ',
      'nobody',
      '',
      'é@example.com',
      'a'.repeat(64),
      "o'x@example.com",
    ),
  },
)
const others = fc.constantFrom(
  '1',
  '007',
  '12.50',
  '31/12/2024',
  '2024-01-31',
  'true',
  '',
  'x y',
  'é',
  'NULL',
  '1E5',
)

const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
/** A field as files hold it: plain, in marks, with separators, marks or line ends in it, or with marks in wrong places. */
const dirty = (delimiter: string) =>
  fc.oneof(
    { weight: 24, arbitrary: others },
    { weight: 6, arbitrary: others.map(quoted) },
    {
      weight: 4,
      arbitrary: fc.constantFrom(
        quoted(`Doe${delimiter} Jane`),
        quoted('5" nail'),
        ' "spaced" ',
        'a "b" c',
        '""',
        quoted(`z@example.com${delimiter}1${delimiter}2`),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        quoted(`note\nz@example.com${delimiter}z@example.com${delimiter}2\nend`),
        quoted('two\r\nlines'),
        quoted('two\rlines'),
        'two\rlines',
        '"open',
        '"a"b',
        'x'.repeat(1600),
        'bad\u00ff',
      ),
    },
  )

/** One line end, and once in many lines another. */
const seldom = (usual: string, other: string) => [...Array.from({ length: 30 }, () => usual), other]

interface CsvCase {
  readonly delimiter: string
  readonly columns: readonly string[]
  readonly lineEnds: readonly string[]
  readonly isCalm: boolean
}

const csvCases: fc.Arbitrary<CsvCase> = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t', '|'),
  columns: fc.oneof(
    {
      weight: 24,
      arbitrary: fc.constantFrom(['email'], ['id', 'email'], ['email', 'x', 'id'], ['x', 'n', 'email', 'id']),
    },
    { weight: 2, arbitrary: fc.constant(['email', 'x', 'X', 'x_1']) },
    { weight: 1, arbitrary: fc.constantFrom(['id', 'x'], ['email', 'id', 'email'], ['Email', 'email']) },
  ),
  lineEnds: fc.constantFrom(
    ['\n'],
    ['\n'],
    ['\r\n'],
    ['\n', '\r\n'],
    ['\n', '\r\r\n'],
    ['\r'],
    seldom('\n', '\r'),
    seldom('\r', '\n'),
  ),
  isCalm: fc.boolean(),
})

/** Rows of one CSV file as bytes; in calm ones nothing is wrong with the marks. */
const csvFiles: fc.Arbitrary<ModelFile> = csvCases.chain(({ columns, lineEnds, isCalm, ...drawn }) => {
  // A header of one column tells no other separator than the comma.
  const delimiter = columns.length > 1 || drawn.delimiter === '\t' ? drawn.delimiter : ','
  const field = isCalm ? fc.oneof(others, others.map(quoted)) : dirty(delimiter)
  const email = fc.oneof(
    { weight: 8, arbitrary: addresses },
    { weight: 2, arbitrary: addresses.map(quoted) },
    ...(isCalm ? [] : [{ weight: 1, arbitrary: field }]),
  )
  const row = fc
    .tuple(...columns.map((name) => (name === 'email' ? email : field)))
    .map((fields) => fields.join(delimiter))
  const line = fc.oneof(
    { weight: 20, arbitrary: row },
    { weight: 1, arbitrary: row.map((text) => `${text}${delimiter}`) },
    { weight: 1, arbitrary: row.map((text) => `${text}${delimiter}""`) },
    { weight: 1, arbitrary: row.map((text) => `${text}${delimiter.repeat(3)}`) },
    { weight: 1, arbitrary: row.map((text) => `${text}${delimiter}more`) },
    { weight: 1, arbitrary: fc.constantFrom('', ' ', '1', delimiter, delimiter.repeat(columns.length)) },
  )
  const end = fc.constantFrom(...lineEnds)
  return fc
    .tuple(
      fc.array(fc.tuple(line, end), { maxLength: 40 }),
      end,
      fc.record({ bom: fc.boolean(), gzip: packings, isCut: fc.boolean() }),
    )
    .map(([lines, headEnd, { bom, gzip, isCut }]) => {
      const body = lines.map(([text, lineEnd]) => text + lineEnd).join('')
      const text = `${columns.join(delimiter)}${headEnd}${isCut ? body.slice(0, -1) : body}`
      const bytes = Buffer.concat([Buffer.from(bom ? '\ufeff' : ''), latin(text)])
      const name = `${delimiter === '\t' ? 'in.tsv' : 'in.csv'}${gzip > 0 ? '.gz' : ''}`
      const rows = modelCsv(bytes, delimiter, columns)
      const isFound = columns.filter((column) => column.toLowerCase() === 'email').length === 1
      const refused = isFound ? (rows === null ? 'source_damaged' : null) : 'missing_email_column'
      const names = columns.map((column) => column.toLowerCase())
      const isDamaged = rows === null
      return { name, bytes: packed(bytes, gzip), rows: rows ?? [], columns: names, refused, isDamaged }
    })
})

/** In how many parts a file is compressed, one after the other; 0 for one that is not. */
const packings = fc.constantFrom(0, 0, 1, 3)

function packed(bytes: Buffer, parts: number): Buffer {
  if (parts === 0) return bytes
  const size = Math.ceil(bytes.length / parts)
  return Buffer.concat(
    Array.from({ length: parts }, (_, part) => gzipSync(bytes.subarray(part * size, (part + 1) * size))),
  )
}

/** UTF-8, but for the one sign that stands for a byte that is none. */
function latin(text: string): Buffer {
  const parts = text.split('\u00ff').map((part) => Buffer.from(part))
  return Buffer.concat(parts.flatMap((part, index) => (index === 0 ? part : [Buffer.from([0xff]), part])))
}

const jsonValues = fc.oneof(
  { weight: 6, arbitrary: addresses.map((value) => ({ text: JSON.stringify(value), value })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      { text: 'null', value: null },
      { text: '12.50', value: '12.50' },
      { text: '12345678901234567890123', value: '12345678901234567890123' },
      { text: '{"a": 1.0}', value: '{"a":1.0}' },
      { text: '["a@example.com"]', value: '["a@example.com"]' },
      { text: 'true', value: 'true' },
      { text: '"\\ud800@example.com"', value: '\ud800@example.com' },
    ),
  },
)

interface JsonItem {
  readonly texts: readonly string[]
  readonly row: ModelRow
  readonly keys: readonly string[]
}

const jsonObjects: fc.Arbitrary<JsonItem> = fc
  .record({
    value: fc.option(jsonValues, { freq: 12, nil: null }),
    key: fc.constantFrom('email', 'email', 'Email', ' EMAIL '),
    more: fc.constantFrom(
      '"id": 1',
      '"ID": "007"',
      '"tags": {"b": [1, {"c": "}{"}], "B": 2}',
      '"n": 1E5',
      '"note": "x\\ny"',
    ),
    isFirst: fc.boolean(),
  })
  .map(({ value, key, more, isFirst }) => {
    const field = value === null ? [] : [`"${key}": ${value.text}`]
    const fields = isFirst ? [...field, more] : [more, ...field]
    return {
      texts: ['{', ...fields.flatMap((text, index) => (index === 0 ? [text] : [',', text])), '}'],
      row: { value: value?.value ?? null },
      keys: [...Object.keys(JSON.parse(`{${more}}`) as object), ...(value === null ? [] : ['email'])],
    }
  })

const nulls: JsonItem = { texts: ['null'], row: { value: null }, keys: [] }
const broken: JsonItem = { texts: ['{"email": z@example.com}'], row: { fault: 'broken_line' }, keys: [] }
const tooLong: JsonItem = {
  texts: [`{"email":"a@example.com","x":"${'x'.repeat(1600)}"}`],
  row: { fault: 'broken_line' },
  keys: [],
}
const badBytes: JsonItem = {
  texts: ['{"email":"a\u00ff@example.com"}'],
  row: { fault: 'bad_encoding' },
  keys: [],
}

const jsonItems = fc.oneof(
  { weight: 20, arbitrary: jsonObjects },
  { weight: 1, arbitrary: fc.constantFrom(nulls, broken, tooLong, badBytes) },
)
const good: JsonItem = {
  texts: ['{', '"email": "first@example.com"', '}'],
  row: { value: 'first@example.com' },
  keys: ['email'],
}

/** What makes a list one that must be refused. */
const damages: ((list: string) => string)[] = [
  (list) => list.slice(0, -1),
  (list) => list.slice(0, list.lastIndexOf('}')),
  (list) => list.slice(1),
  (list) => `${list}{"email":"z@example.com"}`,
  (list) => `${list}]`,
  (list) => list.replace(/]$/, ',]'),
  (list) => list.replace(/]$/, ',{"email": z@example.com}]'),
  (list) => list.replace(/]$/, ',[{"email":"z@example.com"}]]'),
  (list) => list.replace('[', '[7,'),
]

const jsonFiles: fc.Arbitrary<ModelFile> = fc
  .tuple(
    fc.array(jsonItems, { maxLength: 30 }),
    fc.nat(30),
    fc.array(fc.constantFrom('', ' ', '\n', '\r\n\t'), { minLength: 8, maxLength: 8 }),
    fc.record({ isArray: fc.boolean(), isLines: fc.boolean(), bom: fc.boolean(), gzip: packings }),
    fc.option(fc.constantFrom(...damages), { freq: 12, nil: null }),
  )
  .map(([drawn, place, spaces, { isArray, isLines, bom, gzip }, damage]) => {
    // The beginning of a file, in which its keys are looked for, is no longer than one object may be.
    const items = drawn
      .filter((item) => !isArray || item !== broken)
      .toSpliced(drawn.includes(tooLong) ? 0 : place % (drawn.length + 1), 0, good)
    let turn = 0
    const space = () => (isLines ? '' : (spaces[(turn += 1) % spaces.length] ?? ''))
    // A line that cannot be read is one by itself; so are lines without an array.
    const separator = isArray && !isLines ? () => `${space()},${space()}` : () => `${isArray ? ',' : ''}\n`
    const texts = items.map(({ texts: parts }) => parts.join(space()))
    const body = texts.map((text, index) => (index === 0 ? text : separator() + text)).join('')
    const isDamaged = isArray && damage !== null
    const text = isArray ? `[${space()}${body}\n]` : `${body}\n`
    const bytes = Buffer.concat([Buffer.from(bom ? '\ufeff' : ''), latin(isDamaged ? damage(text) : text)])
    const name = `${isArray ? 'in.json' : 'in.jsonl'}${gzip > 0 ? '.gz' : ''}`
    const refused = isDamaged ? 'source_damaged' : null
    const columns = items.flatMap(({ keys }) => keys).map((key) => key.toLowerCase())
    return { name, bytes: packed(bytes, gzip), rows: items.map(({ row }) => row), columns, refused }
  })

const parquetFiles: fc.Arbitrary<{ make: () => Promise<ModelFile> }> = fc
  .record({
    values: fc.array(fc.option(addresses, { freq: 6 }), { maxLength: 20 }),
    kind: fc.constantFrom('text', 'text', 'bytes', 'bad bytes', 'nothing'),
    extra: fc.constantFrom('id', 'x'),
  })
  .map(({ values, kind, extra }) => ({
    make: async () => {
      const isText = kind !== 'nothing'
      const rows: ModelRow[] = values.map((value) => ({ value: isText ? value : null }))
      if (kind === 'bad bytes') rows.push({ fault: 'bad_encoding' })
      const bytes = await writeRows(kind, isText ? values : values.map(() => null), extra)
      return { name: 'in.parquet', bytes, rows, columns: ['email', extra] }
    },
  }))

/** Up to three files of any formats. */
export const sources: fc.Arbitrary<{ make: () => Promise<ModelFile> }[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: csvFiles.map((file) => ({ make: async () => file })) },
    { weight: 4, arbitrary: jsonFiles.map((file) => ({ make: async () => file })) },
    { weight: 1, arbitrary: parquetFiles },
  ),
  { minLength: 1, maxLength: 3 },
)

/** Queries whose result is known from the values alone, whatever else is in the files. */
export const queries: fc.Arbitrary<ModelQuery> = fc.constantFrom(
  PLAIN,
  {
    ...PLAIN,
    sql: 'WITH rows AS (FROM input) SELECT r.email AS "EMAIL" FROM rows AS r WHERE true',
    readsAll: true,
  },
  { ...PLAIN, sql: "SELECT email FROM input WHERE email IS NULL OR email <> 'x' OR false" },
  { sql: 'SELECT DISTINCT email FROM input', chooses: () => true, isDistinct: true },
  {
    sql: "SELECT email FROM input WHERE email = '12.50' OR contains(email, 'a@example')",
    chooses: (value) => value === '12.50' || value?.includes('a@example') === true,
  },
  {
    sql: "SELECT t.email FROM (SELECT email, email AS other FROM input) t WHERE coalesce(other, '') <> 'a@example.com'",
    chooses: (value) => value !== 'a@example.com',
  },
  { ...PLAIN, sql: 'SELECT email FROM input WHERE x IS NULL OR x IS NOT NULL', named: ['x'] },
  { ...PLAIN, sql: 'SELECT email FROM input WHERE ID IS NULL OR id IS NOT NULL', named: ['id'] },
  { ...PLAIN, sql: 'SELECT * FROM input', readsAll: true },
  { ...PLAIN, sql: 'SELECT * FROM input ORDER BY x IS NULL', named: ['x'], readsAll: true },
)
