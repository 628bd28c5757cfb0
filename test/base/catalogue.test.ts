import { describe, expect, test } from 'vitest'
import { actionCatalogue, errorCatalogue, optionsOf, stepsOf } from '../../src/base/catalogue.ts'
import type { ActionName, ErrorCode } from '../../src/base/catalogue.ts'
import { adviceOf, reportOf, RollcallError } from '../../src/base/rollcall-error.ts'

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
      expect(optionsOf(name) ?? '--').toMatch(/--|PINTEREST_/)
    },
  )
})

describe('an error without a workflow', () => {
  test.each(codes)('%s says what to do beforehand, and nothing else', (code) => {
    const report = adviceOf(code, {})
    expect(report.message).toBe(reportOf(code, {}).message)
    for (const { action, steps } of report.actions) {
      expect(['retry', 'restart', 'stop']).not.toContain(action)
      expect(steps.slice(1)).toEqual(actionCatalogue[action].steps)
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
