import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import { itemTable } from '../../src/cli/columns.ts'
import { changeBar } from '../../src/cli/plan.ts'
import { stateInWords } from '../../src/cli/status.ts'
import { receiptLines } from '../../src/cli/run.ts'
import type { ListState } from '../../src/history/lists.ts'
import { resultLines } from '../../src/cli/result-lines.ts'
import { errorLines, table, time } from '../../src/cli/output.ts'
import { plural, span, words } from '../../src/base/words.ts'
import { RollcallError } from '../../src/base/rollcall-error.ts'

test.each([
  [0, 'under 1 s'],
  [0.99, 'under 1 s'],
  [1, '1 s'],
  [59.4, '59 s'],
  [59.5, '1 min 00 s'],
  [287, '4 min 47 s'],
  [3599.6, '1 h 00 min'],
  [7500, '2 h 05 min'],
  [360_000, '100 h 00 min'],
])('a span of %d seconds is "%s"', (seconds, text) => {
  expect(span(seconds)).toBe(text)
})

test.each([
  [0, '0 rows'],
  [1, '1 row'],
  [1234, '1,234 rows'],
])('%d in words is "%s"', (number, text) => {
  expect(plural(number, 'row')).toBe(text)
})

test('a code in words', () => {
  expect(words('not_enough_records')).toBe('not enough records')
})

test('a time names its zone and sorts as text', () => {
  expect(time(new Date('2026-11-23T13:57:04Z'))).toMatch(/^2026-11-2[234] \d\d:\d\d:04 \S+$/)
})

test('receipts name their change set if the workflow opened several', () => {
  const receipt = {
    batch: 1,
    operation: 'add',
    members: 20,
    state: 'confirmed',
    sentAt: null,
    answeredAt: null,
    status: 200,
    requestId: 'rid',
    attempts: 1,
  } as const
  const [one, two] = [
    { ...receipt, changeSet: 'cs_one' },
    { ...receipt, changeSet: 'cs_two' },
  ]
  const several = receiptLines([one, two]).map((line) => line.trim().split(/  +/))
  expect(several.slice(1, 4)).toEqual([
    ['change set', 'batch', 'operation', 'members', 'state', 'answered', 'request id'],
    ['cs_one', '1', 'add', '20', 'confirmed', 'rid'],
    ['cs_two', '1', 'add', '20', 'confirmed', 'rid'],
  ])
  expect(receiptLines([one]).join()).not.toContain('cs_one')
})

test('what the query of a workflow returned is not called members, which are on the list', () => {
  const [head = ''] = itemTable('workflows.list', [{ members: 5, added: 1 }])
  expect(head).toContain('in the query')
  expect(head).not.toContain('members')
})

test.each([
  [
    'workflows.list',
    { state: 'running', nextTryAt: '2026-11-30T09:17:00.000Z' },
    'waiting, next try 2026-11-30',
  ],
  ['workflows.list', { state: 'running', nextTryAt: null }, 'running'],
  [
    'orchestrations.list',
    { lastWorkflow: { state: 'running', nextTryAt: '2026-11-30T09:17:00.000Z' } },
    'waiting, next try 2026-11-30',
  ],
])('a workflow that waits for its next try does not run: %s of %j', (operation, item, said) => {
  expect(itemTable(operation, [item])[1]).toContain(said)
})

test('a state is said once', () => {
  const lastRun = {
    workflow: 'wf_1',
    list: 'VIP',
    startedAt: '',
    seconds: 1,
    members: 0,
    added: 0,
    removed: 0,
    warnings: 0,
  }
  const said = (state: string, error: string | null, nextTryAt: string | null = null): string =>
    stateInWords({ state: state as ListState, lastRun: { ...lastRun, state, error, nextTryAt } as never })
  expect(said('stopped', 'stopped')).toBe('stopped')
  expect(said('failed', 'disk_full')).toBe('failed: disk full')
  expect(said('running', null)).toBe('running')
  expect(said('running', null, '2026-11-30T09:17:00.000Z')).toMatch(/^waiting, next try 2026-11-30/)
})

test.each([
  [0, 'in step'],
  [1, 'in step, 1 warning'],
  [2, 'in step, 2 warnings'],
])('a list with %i warnings that no person has accepted is %s', (warnings, said) => {
  const lastRun = { state: 'succeeded', error: null, nextTryAt: null, warnings } as never
  expect(stateInWords({ state: warnings === 0 ? 'in_step' : 'warnings', lastRun })).toBe(said)
})

test('a list without a run was never run', () => {
  expect(stateInWords({ state: 'never_run', lastRun: null })).toBe('never run')
})

test('the last line of a run that succeeded says how many warnings no person has accepted', () => {
  const accepted = { by: 'Ann', at: '2026-11-30T09:17:00.000Z' }
  const warning = new RollcallError('list_changed_elsewhere', { list: 'VIP', changes: '1 record' }).report()
  const result = {
    workflow: 'wf_1',
    state: 'succeeded',
    list: { id: '1', name: 'VIP', created: false },
    audience: null,
    rows: { received: 1, invalid: 0, duplicates: 0, members: 1 },
    invalidByReason: {},
    changes: { added: 0, removed: 0, unchanged: 1 },
    requests: { reads: 1, writes: 0, retries: 0, throttled: 0 },
    seconds: {},
  } as const
  const last = (warnings: readonly (typeof warning & { accepted?: typeof accepted })[]): string =>
    resultLines({ ...result, warnings }).at(-1) ?? ''
  expect(last([warning])).toBe('! Succeeded with 1 warning')
  expect(last([warning, warning])).toBe('! Succeeded with 2 warnings')
  expect(last([{ ...warning, accepted }])).not.toContain('Succeeded')
  expect(last([])).not.toContain('Succeeded')
})

describe('table', () => {
  test('pads columns to their widest cell, aligns numbers right, and leaves no space at the end', () => {
    const rows = [
      ['a', '1', ''],
      ['long name', '1,000', 'x'],
    ]
    expect(table(['name', 'n', 'more'], rows, [1])).toEqual([
      'name           n  more',
      'a              1',
      'long name  1,000  x',
    ])
  })
})

describe('errorLines', () => {
  const report = new RollcallError('source_not_found', { detail: 'x.csv' }).report()

  test('names the cause, and for every action the command that takes it', () => {
    const lines = errorLines(report, 'wf_1')
    expect(lines[0]).toBe('✗ Source not found: x.csv')
    expect(lines).toContain('  Source not found  rollcall resolve wf_1 source_not_found')
    expect(lines).toContain('  Stop  rollcall resolve wf_1 stop')
  })

  test('says nothing of what one can do where there is nothing to do', () => {
    expect(errorLines(new RollcallError('wrong_usage', { detail: 'No.' }).report())).toEqual(['✗ No.'])
  })
})

function bar(unchanged: number, added: number, removed: number): string {
  return stripVTControlCharacters(changeBar({ unchanged, added, removed }))
}

test('the bar of a plan tells those who stay from those who arrive and leave, however few', () => {
  expect(bar(100, 0, 0)).toBe('█'.repeat(20))
  expect(bar(32, 0, 68)).toBe(`${'█'.repeat(6)}${'░'.repeat(14)}`)
  expect(bar(0, 5, 0)).toBe('▒'.repeat(20))
  expect(bar(1, 1_000_000, 1)).toBe(`█${'▒'.repeat(18)}░`)
  expect(bar(0, 0, 0)).toBe('·'.repeat(20))
})
