import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import type { SourceOptions } from '../../src/sources/open-source.ts'
import { failure, sourceFolder } from './source-folder.ts'

const { tableOf } = sourceFolder()

const failureOf = async (name: string, content: string | Buffer, options: Partial<SourceOptions> = {}) =>
  failure(tableOf(name, content, options))

describe('a CSV header', () => {
  test.each([
    ['plain', 'id,email\n1,a@example.com\n', ',', ['id', 'email'], 1],
    ['semicolons', 'id;email\n', ';', ['id', 'email'], 1],
    ['tabs', 'id\temail\n', '\t', ['id', 'email'], 1],
    ['bars', 'id|email\n', '|', ['id', 'email'], 1],
    ['one column', 'email\na@example.com\n', ',', ['email'], 0],
    ['no line end', 'id,email', ',', ['id', 'email'], 1],
    ['CR LF', 'id,email\r\n1,a@example.com\r\n', ',', ['id', 'email'], 1],
    ['CR alone', 'id,email\r1,a@example.com\r', ',', ['id', 'email'], 1],
    ['byte order mark', '\ufeffemail,id\n', ',', ['email', 'id'], 0],
    ['byte order mark and quotes', '\ufeff"email","id"\n', ',', ['email', 'id'], 0],
    ['quotes', '"id","email"\n', ',', ['id', 'email'], 1],
    ['delimiter in quotes', '"name, first",email\n', ',', ['name, first', 'email'], 1],
    ['other delimiter more often in quotes', '"a,b,c,d";email\n', ';', ['a,b,c,d', 'email'], 1],
    ['line end in quotes', '"first\nname",email\n', ',', ['first\nname', 'email'], 1],
    ['doubled quotes', '"the ""best"" id",email\n', ',', ['the "best" id', 'email'], 1],
    ['empty quotes', '"",email\n', ',', ['', 'email'], 1],
    ['quotation mark within a name', '5" screen,email\n', ',', ['5" screen', 'email'], 1],
    ['doubled quotation mark within a name', 'a""b,email\nx', ',', ['a""b', 'email'], 1],
    ['spaces around names', ' id , email \n', ',', ['id', 'email'], 1],
    ['other capitals', 'Id,EMAIL\n', ',', ['Id', 'EMAIL'], 1],
    ['trailing delimiter', 'id,email,\n', ',', ['id', 'email', ''], 1],
    ['names beyond ASCII', 'prénom;email\n', ';', ['prénom', 'email'], 1],
  ] as const)('%s', async (_, content, delimiter, columns, emailIndex) => {
    expect(await tableOf('rows.csv', content)).toMatchObject({
      format: 'csv',
      delimiter,
      columns,
      emailIndex,
    })
  })

  test.each([
    ['a space before the mark', 'id, "email"\n', ',', ['id', 'email'], 1],
    ['spaces and a delimiter in marks', ' "a, b" , "email" \n', ',', ['a, b', 'email'], 1],
    [
      'commas in parentheses',
      'email;name (last, first, middle)\n',
      ';',
      ['email', 'name (last, first, middle)'],
      0,
    ],
    [
      'more commas than semicolons',
      'email;first, last, or both, as known\n',
      ';',
      ['email', 'first, last, or both, as known'],
      0,
    ],
    ['blank lines above', '\n \r\n,,,\n""\nid,email\n', ',', ['id', 'email'], 1],
    ['a byte order mark and a blank line above', '\ufeff\r\nid,email\r\n', ',', ['id', 'email'], 1],
    ['sep=; above', 'sep=;\r\na,b;email\r\n', ';', ['a,b', 'email'], 1],
    ['SEP=tab in marks above', '\ufeff"SEP=\t"\nid\temail\n', '\t', ['id', 'email'], 1],
    ['sep=^ above', '\nsep=^\n\nid^email\n', '^', ['id', 'email'], 1],
    ['a column called sep', 'sep=x,email\n', ',', ['sep=x', 'email'], 1],
  ] as const)('with %s is read', async (_, content, delimiter, columns, emailIndex) => {
    expect(await tableOf('rows.csv', content)).toMatchObject({ delimiter, columns, emailIndex })
    const query = 'SELECT email FROM input'
    expect(await tableOf('rows.csv', content, { query })).toMatchObject({ delimiter, columns })
  })

  test('of 10,000 columns is read', async () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `column ${index}`)
    const table = await tableOf('wide.csv', `${names.join(',')},email\n`)
    expect(table.columns.length).toBe(10_001)
    expect(table.emailIndex).toBe(10_000)
  })

  test('longer than one piece of the file is read, with a quoted line end on the border', async () => {
    const long = 'x'.repeat(64 * 1024 - 1)
    expect((await tableOf('long.csv', `"${long}\n\n",email\r\n1,2\r\n`)).columns).toEqual([long, 'email'])
  })

  test('of a .tsv file is split at tabs even if commas are more', async () => {
    const table = await tableOf('rows.tsv', 'a,b,c\temail\n')
    expect(table).toMatchObject({ delimiter: '\t', columns: ['a,b,c', 'email'], emailIndex: 1 })
  })

  test('may have the e-mail column under another name', async () => {
    expect(await tableOf('rows.csv', 'email,work mail\n', { emailColumn: 'Work Mail' })).toMatchObject({
      emailIndex: 1,
    })
  })

  test('needs no e-mail column when there is a query', async () => {
    const table = await tableOf('rows.csv', 'id,address\n', { query: 'SELECT address AS email FROM input' })
    expect(table).toMatchObject({ columns: ['id', 'address'], emailIndex: null })
  })
})

describe('a missing e-mail column', () => {
  test.each([
    ['e-mail', 'id,e-mail\n', '"e-mail"'],
    ['Email Address', 'id,Email Address\n', '"Email Address"'],
    ['customer_email', 'id,customer_email,mail\n', '"customer_email"'],
    ['E_MAIL', 'E_MAIL;id\n', '"E_MAIL"'],
    ['emial', 'id,emial\n', '"emial"'],
  ])('names the near column %s', async (_, content, near) => {
    const { code, message } = await failureOf('rows.csv', content)
    expect(code).toBe('missing_email_column')
    expect(message).toContain(`Did you mean ${near}?`)
  })

  test('names the columns there are, at most ten of them', async () => {
    const names = Array.from({ length: 2_000 }, (_, index) => `field ${index}`)
    const { message } = await failureOf('rows.csv', names.join(','))
    expect(message).toContain('"rows.csv" has no column "email". It has "field 0", "field 1",')
    expect(message).toContain('"field 9" and 1,990 more.')
    expect(message).not.toContain('"field 10"')
  })

  test('of two columns of that name says so', async () => {
    const { code, message } = await failureOf('rows.csv', 'email,id,email\n')
    expect(code).toBe('missing_email_column')
    expect(message).toContain('has 2 columns named "email"')
    for (const [index, names] of ['Email,EMAIL', 'Email,email', 'email, Email ,EMAIL'].entries())
      expect((await failureOf('rows.csv', `${names}\n`)).message).toContain(
        `has ${index === 2 ? 3 : 2} columns named "email"`,
      )
  })

  test.each([
    ['an address', 'ann@example.com,Ann Lee\n'],
    ['an address in quotes', '"Ann Lee";" ann@example.com "\n'],
    ['a wrong address', 'ann@localhost,Ann Lee\n'],
    ['a hash', `Ann Lee,${'ab'.repeat(32)}\n`],
  ])('of a file that starts with %s asks for a header and quotes nothing', async (_, content) => {
    const { code, message } = await failureOf('rows.csv', content)
    expect(code).toBe('missing_email_column')
    expect(message).toContain('Add a header line with "email" above it')
    expect(message).not.toMatch(/ann|lee|abab/i)
  })

  test.each(['empty.csv', 'empty.tsv', 'empty.json', 'empty.jsonl', 'empty', 'empty.txt'])(
    'of %s says that it is empty',
    async (name) => {
      const { code, message } = await failureOf(name, '')
      expect(code).toBe('missing_email_column')
      expect(message).toContain(`"${name}" is empty`)
    },
  )

  test.each([
    ['empty when unpacked', 'rows.csv.gz', gzipSync('')],
    ['nothing but a byte order mark', 'rows.csv', '\ufeff'],
    ['an empty array', 'rows.json', '[]'],
    ['white space', 'rows.jsonl', '\n \n'],
  ])('of a file with %s says that it is empty', async (_, name, content) => {
    expect((await failureOf(name, content)).message).toContain('is empty')
  })

  test.each([
    ['a title', 'Customers of May\n\nid,email\n1,ann@example.com\n', 3],
    ['a title and blank cells', 'Customers,,\r\n,,\r\nid,email,name\r\n', 3],
    ['a title of one column', 'Customers\nemail\nann@example.com\n', 2],
    ['a title with commas', '\n\nReport, May, all\nMade by us\nid;Email;name;x\n', 5],
  ])('below %s says in which line the names are, with a query too', async (_, content, line) => {
    const { code, message } = await failureOf('rows.csv', content)
    expect(code).toBe('missing_email_column')
    expect(message).toContain(`are in line ${line}. Delete the lines above`)
    expect(message).not.toMatch(/Customers|Report|ann@/)
  })

  test('is not looked for among the rows', async () => {
    const rows = 'channel,address\nemail,ann@example.com\nemail,bob\n'
    expect((await failureOf('rows.csv', rows)).message).toContain('It has "channel", "address"')
    const query = 'SELECT address AS email FROM input'
    expect(await tableOf('rows.csv', rows, { query })).toMatchObject({ columns: ['channel', 'address'] })
    const title = 'Customers\n\nid,email\n'
    expect((await failureOf('rows.csv', title, { query })).message).toContain('are in line 3')
  })
})

describe('a file that is not what it should be', () => {
  test.each([
    ['UTF-16 little endian', 'rows.csv', Buffer.from('\ufeffemail\n', 'utf16le'), 'Save it as UTF-8'],
    ['UTF-16 big endian', 'rows.csv', Buffer.from('\ufeffemail\n', 'utf16le').swap16(), 'Save it as UTF-8'],
    ['NUL bytes', 'rows.csv', 'email\n\0\0\0\n', 'holds NUL bytes'],
    ['NUL bytes in JSON', 'rows.jsonl', '{"email":\0}\n', 'holds NUL bytes'],
    ['Latin-1 in the header', 'rows.csv', Buffer.from('prénom,email\n', 'latin1'), 'not UTF-8 text'],
    ['a spreadsheet', 'rows.csv', Buffer.from('PK\u0003\u0004rest', 'latin1'), 'spreadsheet'],
    ['compressed without saying so', 'rows.csv', gzipSync('email\n'), 'Add .gz'],
    ['an open quotation mark', 'rows.csv', '"email,id\na,b\n', 'unclosed'],
    ['text after a mark', 'rows.csv', 'id,"email"x\n1,b\n', 'text after a closing quotation mark'],
    ['an open quotation mark further on', 'rows.csv', 'id;"email\na;b\n', 'unclosed'],
    ['CSV called JSON', 'rows.json', 'id,email\n', 'not JSON'],
    ['broken JSON', 'rows.jsonl', '{"id": 1, email: 2}\n', 'not JSON'],
    ['numbers called JSON', 'rows.jsonl', '1\n2\n', 'not JSON'],
    ['text called Parquet', 'rows.parquet', 'id,email\n1,2\n3,4\n', 'not a Parquet file'],
    ['encrypted Parquet', 'rows.parquet', 'PARE and so on PARE', 'encrypted'],
    ['compressed Parquet', 'rows.parquet.gz', gzipSync('PAR1..PAR1....'), 'Unpack it first'],
  ])('%s', async (_, name, content, words) => {
    const { code, message } = await failureOf(name, content)
    expect(code).toBe('query_failed')
    expect(message).toContain(words)
    expect(message).toContain(`"${name}"`)
  })

  test.each([
    ['not compressed but saying so', 'rows.csv.gz', 'email\n', 'not compressed with gzip'],
    [
      'compressed and broken off',
      'rows.csv.gz',
      gzipSync('email,'.repeat(9999)).subarray(0, 60),
      'is cut off',
    ],
    [
      'CSV with mixed line ends above its names',
      'rows.csv',
      '\r\remail,id\n',
      'mixed line endings in line 3',
    ],
    [
      'CSV with CR after its names only',
      'rows.csv',
      'sep=;\nemail;id\ra;1\r',
      'mixed line endings in line 2',
    ],
    ['JSON that breaks off', 'rows.jsonl', '{"email": "a', 'ends too early'],
    ['a JSON array of numbers', 'rows.json', '[1,2]', 'in line 1'],
    ['a JSON array that breaks off', 'rows.json', '[ ', 'ends in line 1'],
    ['Parquet that breaks off', 'rows.parquet', 'PAR1 and then nothing more', 'its end is missing'],
    ['empty Parquet', 'rows.parquet', '', 'too short'],
  ])('%s is damaged', async (_, name, content, words) => {
    const { code, message } = await failureOf(name, content)
    expect(code).toBe('source_damaged')
    expect(message).toContain(words)
    expect(message).toContain(`"${name}"`)
  })

  test('a first line beyond the limit is told with the limit', async () => {
    const limits = { ...defaultLimits, fieldBytesMax: 1024 }
    const { code, message } = await failureOf('rows.csv', `${'x'.repeat(2000)},email\n`, { limits })
    expect(code).toBe('query_failed')
    expect(message).toContain('1,024 bytes (limit fieldBytesMax)')
    expect((await failureOf('rows.jsonl', `{"x":"${'x'.repeat(2000)}"}`, { limits })).message).toContain(
      '1,024 bytes',
    )
  })
})

test('an abort ends the opening with its reason', async () => {
  const reason = new Error('stopped')
  await expect(tableOf('rows.csv', 'email\n', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
})
