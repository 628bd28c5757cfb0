import { expect, test } from 'vitest'
import { csvCell } from '../../src/base/csv.ts'

test.each([
  ['plain.csv', 'plain.csv'],
  ['a,b "c".csv', '"a,b ""c"".csv"'],
  ['=cmd()|x.csv', "'=cmd()|x.csv"],
  ['+1.csv', "'+1.csv"],
  ['-1.csv', "'-1.csv"],
  ['@sum.csv', "'@sum.csv"],
  ['\t=1', "'\t=1"],
  ['\tx', "'\tx"],
  ['\rx', '"\'\rx"'],
  ['  =1', "'  =1"],
  ['＝1', "'＝1"],
  ['=a,b', '"\'=a,b"'],
  ['', ''],
])('%j stands in a CSV file as %j', (value, cell) => {
  expect(csvCell(value)).toBe(cell)
})
