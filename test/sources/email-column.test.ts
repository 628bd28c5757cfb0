import { expect, test } from 'vitest'
import { RollcallError } from '../../src/base/rollcall-error.ts'
import { findEmailColumn, missingEmailColumn } from '../../src/sources/email-column.ts'

/** An address typed where the name of a column belongs, or that a query gives to a column: no message repeats it. */

const ADDRESS = 'ann.lee@example.com'

const refusals: Readonly<Record<string, () => unknown>> = {
  'for a column there is not': () => findEmailColumn(['email', 'n'], ADDRESS, 'customers.csv'),
  'for the only column': () => findEmailColumn(['n'], ADDRESS, "The query's result"),
  'for several columns': () => findEmailColumn([ADDRESS, ADDRESS], ADDRESS, "The query's result"),
  'beside a column of that name': () => findEmailColumn([ADDRESS, 'n'], 'mail', "The query's result"),
  'in a sentence of a source': () => {
    throw missingEmailColumn(ADDRESS, `The query's result has no column "${ADDRESS}".`)
  },
}

test.each(Object.entries(refusals))('%s', (_name, refused) => {
  const error = caught(refused)
  expect(error.code).toBe('missing_email_column')
  expect(JSON.stringify([error.message, error.data])).not.toContain(ADDRESS)
})

test('the name of a column is repeated as it is', () => {
  const error = caught(() => findEmailColumn(['email', 'n'], 'e-mail', 'customers.csv'))
  expect(error.message).toContain('has no column "e-mail". It has "email", "n". Did you mean "email"?')
  expect(error.data['column']).toBe('e-mail')
})

function caught(run: () => unknown): RollcallError {
  try {
    run()
  } catch (error) {
    if (error instanceof RollcallError) return error
    throw error
  }
  throw new Error('Nothing was refused.')
}
