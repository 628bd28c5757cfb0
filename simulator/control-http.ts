import { Hono } from 'hono'
import { z } from 'zod'
import { FAULT_KINDS } from './faults.ts'
import { strictly } from './input.ts'
import { ROLES } from './seed.ts'
import { SENTINELS } from './sentinels.ts'
import type { Control } from './control.ts'
import type { FaultPlan, Faults } from './faults.ts'

const kind = z.enum(FAULT_KINDS)
const whole = z.int().min(1)
const rule = z.strictObject({
  operation: z.string(),
  kind,
  nth: whole.optional(),
  times: whole.optional(),
  resetSeconds: z.number().min(0).optional(),
  delayMs: z.number().min(0).optional(),
})
const random = z.strictObject({
  seed: z.int(),
  share: z.number().min(0).max(1),
  kinds: z.array(kind).min(1),
  operation: z.string().optional(),
})
const plan = z.strictObject({ rules: z.array(rule).optional(), random: random.optional() })
const foreign = z.strictObject({
  add: z.array(z.string()).default([]),
  remove: z.array(z.string()).default([]),
})
const permissions = z.strictObject({ permissions: z.array(z.enum(ROLES)) })
const time = z.strictObject({ advanceMs: z.number().min(0) })

/** The control API under `/simulator`: what `Control` and `Faults` do, over HTTP. */
export function controlRoutes(control: Control, faults: Faults): Hono {
  const app = new Hono()
  addReads(app, control, faults)
  addActions(app, control, faults)
  return app
}

function addReads(app: Hono, control: Control, faults: Faults): void {
  app.get('/lists', (c) => c.json({ items: control.lists() }))
  app.get('/ad_accounts/:id/customer_lists', (c) =>
    c.json({ items: control.lists(c.req.param('id'), c.req.query('name')) }),
  )
  app.get('/customer_lists/:id/members', (c) => {
    const lines = Iterator.from(control.memberParts(c.req.param('id'))).map((part) => `${part.join('\n')}\n`)
    return new Response(ReadableStream.from(lines).pipeThrough(new TextEncoderStream()), {
      headers: { 'content-type': 'text/plain; charset=utf-8' },
    })
  })
  app.get('/stats', (c) => c.json(control.stats()))
  app.get('/calls', (c) => c.json({ items: control.calls() }))
  app.get('/faults', (c) => c.json({ pending: faults.pending() }))
  app.get('/sentinels', (c) => c.json(SENTINELS))
}

function addActions(app: Hono, control: Control, faults: Faults): void {
  app.post('/faults', async (c) => {
    faults.plan(strictly(plan, await c.req.json()) as FaultPlan)
    return c.json({ pending: faults.pending() })
  })
  app.post('/reset', (c) => done(c.body(null, 204), control.reset()))
  app.post('/time', async (c) => {
    const { advanceMs } = strictly(time, await c.req.json())
    return done(c.body(null, 204), control.advanceTime(advanceMs))
  })
  app.post('/tokens/expire', (c) => done(c.body(null, 204), control.expireTokens()))
  app.post('/tokens/revoke', (c) => done(c.body(null, 204), control.revokeTokens()))
  app.delete('/customer_lists/:id', (c) => c.body(null, control.removeList(c.req.param('id')) ? 204 : 404))
  app.post('/customer_lists/:id/foreign', async (c) => {
    const change = strictly(foreign, await c.req.json())
    return done(c.body(null, 204), control.changeElsewhere(c.req.param('id'), change))
  })
  app.delete('/ad_accounts/:id', (c) => c.body(null, control.closeAdAccount(c.req.param('id')) ? 204 : 404))
  app.post('/ad_accounts/:id/permissions', async (c) => {
    const wanted = strictly(permissions, await c.req.json())
    return done(c.body(null, 204), control.setPermissions(c.req.param('id'), wanted.permissions))
  })
}

function done(response: Response, _action: void): Response {
  return response
}
