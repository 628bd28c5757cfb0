import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { slowWorkflows } from '../../src/notify/slow-workflows.ts'

const now = new Date('2026-11-24T08:00:00Z')
const ago = (ms: number): Date => new Date(now.getTime() - ms)

test.each([
  ['just at the time', 60_000, [], false],
  ['a moment longer', 60_001, [], true],
  ['told already', 60_001, ['al_1'], false],
  ['told by another alert', 60_001, ['al_2'], true],
  ['started in the future, by another clock', -60_001, [], false],
])('a workflow that runs %s', (_case, ranMs, told, isSlow) => {
  const found = slowWorkflows({
    workflows: [{ since: ago(ranMs), told }],
    alerts: [{ id: 'al_1', slowerThanMs: 60_000 }],
    now,
  })
  expect(found).toHaveLength(isSlow ? 1 : 0)
})

test('nothing is found that was told, or found twice, and nothing slow is left out', () => {
  const alerts = fc.uniqueArray(
    fc.record({ id: fc.constantFrom('al_1', 'al_2', 'al_3'), slowerThanMs: fc.nat(100) }),
    { selector: ({ id }) => id },
  )
  const workflows = fc.array(
    fc.record({
      since: fc.option(fc.nat(100).map(ago)),
      told: fc.subarray(['al_1', 'al_2', 'al_3']),
    }),
    { maxLength: 5 },
  )
  fc.assert(
    fc.property(workflows, alerts, (runs, rules) => {
      const found = slowWorkflows({ workflows: runs, alerts: rules, now })
      const told = runs.map((run) => ({
        ...run,
        told: [...run.told, ...found.filter(({ workflow }) => workflow === run).map(({ alert }) => alert.id)],
      }))
      expect(slowWorkflows({ workflows: told, alerts: rules, now })).toEqual([])
      for (const { workflow, alert } of found) {
        expect(workflow.told).not.toContain(alert.id)
        expect(now.getTime() - (workflow.since?.getTime() ?? Infinity)).toBeGreaterThan(alert.slowerThanMs)
      }
      expect(new Set(found.map(({ workflow, alert }) => `${runs.indexOf(workflow)} ${alert.id}`)).size).toBe(
        found.length,
      )
    }),
  )
})
