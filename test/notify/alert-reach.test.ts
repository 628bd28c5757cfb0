import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createSealer } from '../../src/access/seal.ts'
import { defaultLimits } from '../../src/base/limits.ts'
import type { AlertReach } from '../../src/objects/alert-reach.ts'
import { PRODUCTION } from '../../src/store/workspace.ts'
import { workflowEvents } from '../../src/notify/alert-events.ts'
import { editRefusal } from '../../src/notify/alert-reach.ts'
import { alertsFor, createAlert } from '../../src/notify/alerts.ts'
import { noteWorkflow } from '../../src/workflow/workflow-card.ts'
import { addWorkflow, configure, end, sharedDatabase } from '../workflow/support.ts'
import { webhookHosts } from '../../src/notify/webhook-hosts.ts'

const shared = sharedDatabase()

const open = { admin_only: false, limited_pii: false }
const limited = { admin_only: false, limited_pii: true }
const admin = { admin_only: true, limited_pii: false }
const kinds = ['credential', 'data_source', 'orchestration', 'query'] as const

const shown = {
  title: 'Loyal customers → Pinterest',
  orchestration: 'Loyal customers',
  names: ['Loyal', 'Main', 'of the source'],
}
const bare = { title: 'Pinterest', orchestration: null, names: [] }

test.each<[string, AlertReach | null, typeof shown | typeof bare | null]>([
  ['everything', null, shown],
  ['its destination and every kind', { destinations: [open], kinds: [...kinds] }, shown],
  ['its destination and no kind', { destinations: [open], kinds: [] }, bare],
  ['destinations of another setting', { destinations: [limited, admin], kinds: [...kinds] }, null],
  ['no destination', { destinations: [], kinds: [...kinds] }, null],
])('an alert that covers %s tells of a run no more than that', async (_, reach, expected) => {
  const { db } = shared
  await alertOf(reach)
  const workflow = await addWorkflow(db, await configure(db))
  await end(db, workflow, 'failed', 'query_failed', { detail: 'of the source', query: 'Loyal' })
  await noteWorkflow(db, workflow)
  const due = await alertsFor(db, PRODUCTION, await workflowEvents(db, workflow))
  expect(
    due.map(({ event }) => ({
      title: event.title,
      orchestration: event.orchestration?.name ?? null,
      names: shown.names.filter((name) => JSON.stringify(event).includes(name)),
    })),
  ).toEqual(expected === null ? [] : [expected])
})

test.each([
  [admin, 1],
  [open, 0],
])(
  'what has no destination is for those who see what is for administrators only: %j',
  async (pair, count) => {
    const { db } = shared
    await alertOf({ destinations: [pair], kinds: [] })
    const workflow = await addWorkflow(db, null)
    await end(db, workflow, 'failed', 'query_failed')
    expect(await alertsFor(db, PRODUCTION, await workflowEvents(db, workflow))).toHaveLength(count)
  },
)

test.each<[string, AlertReach | null, AlertReach | null, boolean]>([
  ['everything, of everything', null, null, true],
  ['everything, of a part', null, { destinations: [open], kinds: ['query'] }, true],
  ['a part, of everything', { destinations: [open], kinds: [...kinds] }, null, false],
  ['the same', { destinations: [open], kinds: ['query'] }, { destinations: [open], kinds: ['query'] }, true],
  [
    'more',
    { destinations: [open, limited], kinds: [...kinds] },
    { destinations: [limited], kinds: [] },
    true,
  ],
  ['less of kinds', { destinations: [open], kinds: [] }, { destinations: [open], kinds: ['query'] }, false],
  ['another destination', { destinations: [open], kinds: [] }, { destinations: [limited], kinds: [] }, false],
  ['one of two', { destinations: [open], kinds: [] }, { destinations: [open, admin], kinds: [] }, false],
])('who sees %s may edit an alert or not', (_, own, reach, isAllowed) => {
  expect(editRefusal(own, { name: 'Ops', reach }) === null).toBe(isAllowed)
})

async function alertOf(reach: AlertReach | null): Promise<void> {
  const owner = { kind: 'user', id: 'us_1', name: 'Ann' } as const
  await createAlert(
    shared.db,
    { sealer: createSealer(randomBytes(32)), limits: defaultLimits, reach, owner, hosts: webhookHosts('') },
    {
      name: 'Ops',
      events: ['workflow_failed'],
      target: { to: ['ann@example.com'] },
      slowerThanMs: null,
      enabled: true,
    },
  )
}
