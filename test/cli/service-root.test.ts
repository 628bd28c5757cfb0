import { expect, test } from 'vitest'
import { warnOfRoot } from '../../src/cli/service.ts'
import { createLog } from '../../src/server/log.ts'

function warned(userId: number | undefined): string {
  let written = ''
  warnOfRoot(
    createLog('info', {
      write: (text) => {
        written += text
      },
    }),
    userId,
  )
  return written
}

test('a service of root says so once, with what to do; others say nothing', () => {
  expect(warned(0).trim().split('\n')).toHaveLength(1)
  expect(warned(0)).toMatch(/"level":"warn".*as root.*ROLLCALL_SOURCE_ROOTS/)
  expect(warned(1000)).toBe('')
  expect(warned(undefined)).toBe('')
})
