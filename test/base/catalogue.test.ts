import { describe, expect, test } from 'vitest'
import { actionCatalogue, errorCatalogue, fill, stepsOf } from '../../src/base/catalogue.ts'
import type { ActionName, ErrorCode } from '../../src/base/catalogue.ts'
import { adviceOf, reportOf, RollcallError } from '../../src/base/rollcall-error.ts'
import { optionsOf } from '../../src/cli/option-advice.ts'

const actions = Object.keys(actionCatalogue) as ActionName[]
const codes = Object.keys(errorCatalogue) as ErrorCode[]

describe('the steps of an action', () => {
  test.each(actions)('%s: only the last one resolves, and takes a workflow', (name) => {
    const { steps, resolve } = actionCatalogue[name]
    expect(steps.filter((step) => /\bresolve\b/i.test(step))).toEqual([])
    expect(resolve ?? 'Resolve').toMatch(/^Resolve\b/)
    expect(stepsOf(name)).toEqual(resolve === null ? steps : [...steps, resolve])
  })

  test.each(actions)(
    '%s: names no option of the command line, which few of those who read it have',
    (name) => {
      const { about, steps, resolve } = actionCatalogue[name]
      expect([about, ...steps, resolve ?? ''].filter((text) => / --\w|command line|`/i.test(text))).toEqual(
        [],
      )
      for (const surface of ['run', 'saved'] as const)
        expect(optionsOf(name, surface) ?? '--').toMatch(/--|PINTEREST_/)
    },
  )
})

describe('an error without a workflow', () => {
  test.each(codes)('%s says what to do beforehand, and nothing else', (code) => {
    const report = adviceOf(code, {})
    expect(report.message).toBe(reportOf(code, {}).message)
    for (const { action, steps } of report.actions) {
      expect(['retry', 'restart', 'stop']).not.toContain(action)
      expect(steps.slice(1)).toEqual(actionCatalogue[action].steps.map((step) => fill(step, {})))
    }
  })

  test('keeps its texts filled', () => {
    const { actions: advised } = new RollcallError('list_not_found', {
      list: 'VIP',
      listId: '7',
      adAccount: '1',
    }).advice()
    expect(advised.map(({ action }) => action)).toEqual(['rebuild'])
    expect(new RollcallError('internal_error', { detail: 'x' }).advice().actions).toEqual([])
  })
})

describe('a text that was stored without a value of today', () => {
  test('leaves out what it has no value for', () => {
    expect(reportOf('already_hashed', { rows: '3 rows' }).message).toBe(
      'Already hashed: 3 rows with a hash instead of an address, left out.',
    )
    expect(reportOf('not_a_hash', { rows: '3 rows', found: 'MD5' }).message).toBe(
      'Not a hash: 3 rows without a SHA-256 hash of 64 hexadecimal digits, left out (MD5).',
    )
  })

  test.each(codes)('%s never shows the name of a value', (code) => {
    const { message, actions: advised } = reportOf(code, {})
    expect([message, ...advised.flatMap(({ title, steps }) => [title].concat(steps))].join(' ')).not.toMatch(
      /[{}]|\(\)|""|  | [.,]/,
    )
  })
})
