import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { maskColumns, maskRows } from '../../src/audience/mask-rows.ts'

const columns = [
  { name: 'email', type: 'text' },
  { name: 'spent', type: 'numeric' },
]

test('addresses keep what shows their kind, everything else nothing', () => {
  const { rows } = maskRows(columns, [
    ['jane@gmail.example.com', 12.5],
    [' JANE@gmail.example.com ', true],
    ['Jane Doe', null],
    ['Jane Doe <jane@example.com>', '2024-01-31'],
    ['call me @ home.please', ''],
    ['5d41402abc4b2a76b9719d911017c592', 0],
    [null, '•••'],
  ])
  expect(rows).toEqual([
    ['j•••••@g••••.com', '•••'],
    ['J•••••@g••••.com', '•••'],
    ['•••', null],
    ['•••', '•••'],
    ['•••', '•••'],
    ['•••', '•••'],
    [null, '•••'],
  ])
})

describe('names of columns', () => {
  test('are kept', () => {
    expect(maskRows(columns, []).columns).toEqual(columns)
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
        const shown = maskRows(columns, [[email, email]]).rows[0]?.[0] ?? ''
        const [local = '', domain = ''] = email.split('@')
        const last = /\.[a-z]{2,6}$/.exec(domain)?.[0] ?? ''
        expect([`${first(local)}•••••@${first(domain)}••••${last}`, '•••']).toContain(shown)
      }),
    )
  })

  test('of any other value nothing is shown, not even how long it is', () => {
    const value = fc.oneof(fc.string({ unit: 'grapheme' }), fc.double(), fc.boolean(), fc.integer())
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value)), (rows) => {
        for (const cell of maskRows(columns, rows).rows.flat()) {
          expect(cell === '•••' || /^[a-z0-9]?•{5}@[a-z0-9]?•{4}(?:\.[a-z]{2,6})?$/i.test(cell ?? '')).toBe(
            true,
          )
        }
      }),
    )
  })

  test('rows and columns stay where they are, and NULL stays NULL', () => {
    const value = fc.option(fc.oneof(fc.string(), fc.integer(), address))
    fc.assert(
      fc.property(fc.array(fc.array(value, { minLength: 2, maxLength: 2 })), (rows) => {
        const masked = maskRows(columns, rows).rows
        expect(masked.map((row) => row.map((cell) => cell === null))).toEqual(
          rows.map((row) => row.map((cell) => cell === null)),
        )
      }),
    )
  })

  test('masking twice shows no more than masking once', () => {
    fc.assert(
      fc.property(address, (email) => {
        const once = maskRows(columns, [[email]]).rows
        expect(maskRows(columns, once).rows[0]?.[0]).toBe('•••')
      }),
    )
  })
})
