import { expect, test } from 'vitest'
import { errorCatalogue, fill } from '../../src/base/catalogue.ts'
import { seenProblem, seenText } from '../../src/workflow/seen-problem.ts'

const all = { sources: true, queries: true }
const none = { sources: false, queries: false }
const HIDDEN = 'the reason is hidden because your policies do not include data sources.'

const cases = [
  ['Reading shop.example.com/customers', 'Reading the data source'],
  ['Source not found: "people.csv" is not there. Retrying in 10 s.', `Source not found: ${HIDDEN}`],
  [
    'Retrying after an error: Data source refused: host db\nmore',
    `Retrying after an error: Data source refused: ${HIDDEN}`,
  ],
  [
    'Query threshold: query "VIP "of" 2026" returned 5 rows, fewer than 10. The run continued.',
    'Query threshold: the query returned 5 rows, fewer than 10. The run continued.',
  ],
  ['120 rows received, 3 rejected', '120 rows received, 3 rejected'],
] as const

test.each(cases)('%s', (text, shown) => {
  expect(seenText(text, all)).toBe(text)
  expect(seenText(text, none)).toBe(shown)
})

test('a problem keeps its code and loses what names a source or a query', () => {
  const data = { query: 'VIP', rows: 5, bound: 'fewer than 10', detail: 'people.csv' }
  expect(seenProblem({ code: 'threshold_not_met', data }, all)).toEqual({ code: 'threshold_not_met', data })
  const { code, data: rest } = seenProblem({ code: 'threshold_not_met', data }, none)
  expect(fill(errorCatalogue[code].message, rest)).toBe(
    'Query threshold: query returned 5 rows, fewer than 10. The run was stopped before anything was sent.',
  )
  expect(seenProblem({ code: 'source_damaged', data: { detail: 'people.csv' } }, none).data).toEqual({
    detail: HIDDEN,
  })
})
