import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { maskEmail } from '../../src/members/mask.ts'
import { hideColumns, maskAddresses, maskColumns } from '../../src/members/mask-rows.ts'

const columns = [
  { name: 'email', type: 'text' },
  { name: 'Country', type: 'text' },
  { name: 'spent', type: 'numeric' },
]

describe('columns that are not declared open', () => {
  test('are hidden whatever they hold, NULL as well; the others are shown as they are', () => {
    const rows = [
      ['jane@gmail.example.com', 'DE', 12.5],
      [null, null, null],
    ]
    expect(hideColumns({ columns, rows }, [' country']).rows).toEqual([
      ['•••', 'DE', '•••'],
      ['•••', null, '•••'],
    ])
    expect(hideColumns({ columns, rows }, []).rows.flat()).toEqual(Array(6).fill('•••'))
  })

  test('are those of other names too that only other alphabets hold for the same', () => {
    const named = ['\u0130d', '\u212Aey', 'ÉTAT', 'Id'].map((name) => ({ name, type: 'text' }))
    const { rows } = hideColumns({ columns: named, rows: [['1', '2', '3', '4']] }, [
      'i\u0307d',
      'key',
      'état',
      'ID',
    ])
    expect(rows).toEqual([['•••', '•••', '•••', '4']])
  })

  test('are all, when one of the names is data', () => {
    const headerless = [
      { name: 'DE', type: 'text' },
      { name: 'jane@example.com', type: 'text' },
    ]
    const hidden = hideColumns({ columns: headerless, rows: [['FR', 'john@example.com']] }, ['DE'])
    expect(hidden.rows).toEqual([['•••', '•••']])
    expect(hidden.columns.map(({ name }) => name)).toEqual(['column 1', 'column 2'])
  })
})

describe('addresses within SQL', () => {
  test.each([
    ["email = 'anna@example.com'", "email = '•••'"],
    ["email = 'anna@example.com@'", "email = '•••'"],
    ["email = '@anna@example.com'", "email = '•••'"],
    ["email LIKE 'anna%@example.com'", "email LIKE '•••'"],
    ["email LIKE '%@example.com'", "email LIKE '%@example.com'"],
    ["email LIKE '%@' OR handle = '@'", "email LIKE '%@' OR handle = '@'"],
  ])('%s', (sql, shown) => {
    expect(maskAddresses(sql)).toBe(shown)
  })
})

describe('names of columns', () => {
  test('are kept', () => {
    expect(maskColumns(columns)).toEqual(columns)
  })

  test.each([['jane@example.com'], ['Jane <jane@home>'], ['5d41402abc4b2a76b9719d911017c592']])(
    'give way to numbers when one of them is data: %s',
    (name) => {
      expect(
        maskColumns([
          { name: 'Jane', type: 'text' },
          { name, type: 'text' },
        ]),
      ).toEqual([
        { name: 'column 1', type: 'text' },
        { name: 'column 2', type: 'text' },
      ])
    },
  )
})

const LETTERS = Array.from('abcdefghijklmnopqrstuvwxyz0123456789')
const first = (part: string) => /^[a-z0-9]/.exec(part)?.[0] ?? ''
const word = fc.string({
  unit: fc.constantFrom(...LETTERS, '-', '_', '+'),
  minLength: 1,
  maxLength: 12,
})
const label = fc.string({
  unit: fc.constantFrom(...LETTERS),
  minLength: 1,
  maxLength: 12,
})
const address = fc
  .tuple(fc.array(word, { minLength: 1, maxLength: 3 }), fc.array(label, { minLength: 2, maxLength: 4 }))
  .map(([local, domain]) => `${local.join('.')}@${domain.join('.')}`)

describe('law:', () => {
  test('of an address no more is shown than one character of each part and a last label of two to six letters', () => {
    fc.assert(
      fc.property(address, (email) => {
        const [local = '', domain = ''] = email.split('@')
        const last = /\.[a-z]{2,6}$/.exec(domain)?.[0] ?? ''
        expect([`${first(local)}•••••@${first(domain)}••••${last}`, '•••']).toContain(maskEmail(email))
      }),
    )
  })

  test('of hidden columns nothing is shown, not even how long a value is', () => {
    const value = fc.option(fc.oneof(fc.string({ unit: 'grapheme' }), fc.double(), fc.boolean(), address))
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value, value)), (rows) => {
        const shown = hideColumns<(typeof columns)[number], unknown>({ columns, rows }, ['spent']).rows
        expect(shown).toEqual(rows.map(([, , open]) => ['•••', '•••', open]))
      }),
    )
  })
})
