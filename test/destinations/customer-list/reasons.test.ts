import { expect, test } from 'vitest'
import { reasonsText } from '../../../src/destinations/customer-list/reading/reasons.ts'

test('reasons are listed in one order, however they are stored', () => {
  const text = ' (1,250 blank, 61 already hashed, 2 too long)'
  expect(reasonsText({ blank: 1250, already_hashed: 61, too_long: 2 })).toBe(text)
  expect(reasonsText({ too_long: 2, already_hashed: 61, blank: 1250 })).toBe(text)
  expect(reasonsText({ broken_line: 2, ragged_line: 1 })).toBe(' (1 ragged line, 2 broken lines)')
  expect(reasonsText({})).toBe('')
})
