import { expect, test } from 'vitest'
import { said as saidBy } from '../../../src/destinations/customer-list/said.ts'

const removal = { percent: 3, limit: '50 %', large: false }
const limit = '1,000,000 %'

test.each([
  [{ percent: 2.5, limit: '200 %', percentMax: 200, large: false }, '2.5 % added (limit 200 %)'],
  [{ percent: 300, limit: '200 %', percentMax: 200, large: true }, '300 % added (limit 200 %)'],
  // A list that is being filled may grow as it likes.
  [{ percent: 300, limit: '200 %', percentMax: 200, large: false }, '300 % added'],
  [{ percent: 5_000, limit, percentMax: 1_000_000, large: false }, `5000 % added (limit ${limit})`],
])('the guard tells the limit that holds for additions: %j', (addition, said) => {
  expect(saidBy.guard({ removal, addition, removalsWait: false })).toBe(`3 % removed (limit 50 %), ${said}`)
})

test('rows that are left out have one name', () => {
  expect(saidBy.prepare({ received: 500, invalid: 350, invalidByReason: {}, valid: 150 })).toBe(
    '500 rows received, 350 rejected',
  )
})
