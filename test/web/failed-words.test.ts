import { expect, test } from 'vitest'
import { errorCatalogue } from '../../src/base/catalogue.ts'
import type { ErrorCode } from '../../src/base/catalogue.ts'
import { reportOf } from '../../src/base/rollcall-error.ts'
import { withHead } from '../../web/src/format/words.ts'

/** What stands after "Failed:" begins as a sentence does. */

const codes = Object.keys(errorCatalogue) as ErrorCode[]

test.each(codes)('a list whose run failed with %s', (code) => {
  const { message } = reportOf(code, { detail: 'name a source.' })
  expect(withHead('Failed', message)).toMatch(/^Failed: [A-Z][^:]+$/)
})
