import { expect, it } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { openSource } from '../../src/sources/open-source.ts'
import { queriesRunHere } from '../support/queries-here.ts'
import { sha256, Workbench } from './workbench.ts'

queriesRunHere()

/** Files as other programs write them: each is read the same with a query and without. */

interface Case {
  readonly what: string
  readonly file: string
  readonly text: string
  /** The letters of the valid addresses. */
  readonly valid: string
  readonly invalid?: Readonly<Record<string, number>>
}

const lines = (...of: readonly string[]): string => of.map((line) => `${line}\n`).join('')
const A = '{"email":"a@b.test"}'
const B = '{"email":"b@b.test"}'
const nineLines = Array.from('abcdefghi', (letter) => `{"email":"${letter}@b.test"}`)

const cases: readonly Case[] = [
  {
    what: 'objects whose key is written in two ways',
    file: 'in.jsonl',
    text: lines(A, '{"Email":"b@b.test"}', '{"EMAIL":"c@b.test"}', '{"email":"d@b.test"}'),
    valid: 'abcd',
  },
  {
    what: 'an address that is a number',
    file: 'in.jsonl',
    text: lines(A, '{"email":5}', B),
    valid: 'ab',
    invalid: { syntax: 1 },
  },
  {
    what: 'an address that is an object',
    file: 'in.jsonl',
    text: lines(A, '{"email":{"x":1}}', B),
    valid: 'ab',
    invalid: { syntax: 1 },
  },
  {
    what: 'an address that is a list',
    file: 'in.jsonl',
    text: lines(A, '{"email":["c@b.test"]}', B),
    valid: 'ab',
    invalid: { syntax: 1 },
  },
  {
    what: 'one empty field more than there are columns',
    file: 'in.csv',
    text: lines('email,id', 'a@b.test,1,""', 'b@b.test,2'),
    valid: 'ab',
  },
  {
    what: 'one empty field more, and a row that is short',
    file: 'in.csv',
    text: lines('email,id', 'a@b.test,1,""', 'b@b.test', 'c@b.test,3'),
    valid: 'ac',
    invalid: { ragged_line: 1 },
  },
  {
    what: 'a header that ends in CR LF above rows that end in LF',
    file: 'in.csv',
    text: `email,id\r\n${lines('a@b.test,1', 'b@b.test,2')}`,
    valid: 'ab',
  },
  {
    what: 'a comma at the end of every line',
    file: 'in.csv',
    text: lines('email,id,', 'a@b.test,1,', 'b@b.test,2,'),
    valid: 'ab',
  },
  { what: 'a comma after every object', file: 'in.jsonl', text: lines(`${A},`, B), valid: 'ab' },
  {
    what: 'a byte order mark before an array',
    file: 'in.json',
    text: `\u{feff}[${A},\n${B}]`,
    valid: 'ab',
  },
  {
    what: 'nested keys that differ in capitals only',
    file: 'in.jsonl',
    text: lines('{"email":"a@b.test","x":{"Key":1,"key":2}}', '{"email":"b@b.test","x":{"KEY":3}}'),
    valid: 'ab',
  },
  {
    what: 'one broken line among ten',
    file: 'in.jsonl',
    text: lines(...nineLines.slice(0, 4), '{"email":"z@b.test"', ...nineLines.slice(4)),
    valid: 'abcdefghi',
    invalid: { broken_line: 1 },
  },
  {
    what: 'half of a surrogate pair in an escape',
    file: 'in.jsonl',
    text: lines('{"email":"a@b.test","x":"\\ud83d"}', B),
    valid: 'ab',
  },
]

it.each(cases)('reads $what', async ({ file, text, valid, invalid = {} }) => {
  await using bench = await Workbench.open()
  const from = [await bench.write(file, text)]
  const options = { from, emailColumn: 'email', limits: defaultLimits, cwd: '/' }
  for (const query of [null, 'SELECT email FROM input']) {
    const { rows } = await openSource({ ...options, query, signal: new AbortController().signal })
    expect(await bench.run(rows), String(query)).toMatchObject({
      invalidByReason: invalid,
      hashes: Array.from(valid, (letter) => sha256(`${letter}@b.test`)).toSorted(),
    })
  }
})
