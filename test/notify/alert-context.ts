import { randomBytes } from 'node:crypto'
import { createSealer } from '../../src/access/seal.ts'
import { defaultLimits } from '../../src/base/limits.ts'
import { webhookHosts } from '../../src/notify/webhook-hosts.ts'
import type { AlertInput } from '../../src/objects/alert.ts'

/** What tests of alerts make them with. */

export const sealer = createSealer(randomBytes(32))
const owner = { kind: 'user', id: 'us_1', name: 'Ann' } as const
export const context = {
  sealer,
  limits: defaultLimits,
  reach: null,
  owner,
  hosts: webhookHosts('127.0.0.1'),
}

export const byEmail: AlertInput = {
  name: 'Ops',
  events: ['workflow_failed', 'needs_person'],
  target: { to: ['ann@example.com', 'bob@example.org'] },
  slowerThanMs: null,
  enabled: true,
}
export const byWebhook: AlertInput = {
  ...byEmail,
  name: 'Hook',
  target: { url: 'https://hooks.example.com/x' },
}
