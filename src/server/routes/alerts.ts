import { z } from 'zod'
import { record } from '../../access/activity.ts'
import type { Principal } from '../../access/permissions.ts'
import { transact } from '../../store/workspace.ts'
import { claimTest, requireAlertEdit, targetSeen } from '../../workspace/alert-rights.ts'
import { alertReach } from '../../workspace/seen.ts'
import { editRefusal, isOwner } from '../../notify/alert-reach.ts'
import { createAlert, deleteAlert, getAlert, isEnding, listAlerts, updateAlert } from '../../notify/alerts.ts'
import type { Alert } from '../../notify/alerts.ts'
import { allAlertTopics } from '../../notify/alert-topics.ts'
import { sendTest } from '../../notify/deliver-alert.ts'
import { addRoute } from '../api.ts'
import type { Api } from '../api.ts'
import { alertObject } from '../../objects/alert.ts'
import { idParam, pageAnswer, pageOf, pageQuery } from '../schemas.ts'

const topic = z.object({
  event: z.string().describe('its name in alerts and webhooks'),
  title: z.string(),
  about: z.string().describe('when it happens'),
})

const saved = z.object({
  alert: alertObject.answer,
  secret: z.string().nullable().describe('signs webhooks; shown only now, when it is new'),
})

/** Alerts by e-mail and webhook. */
export function addAlertRoutes(api: Api): void {
  const { limits, sealer } = api.context.platform
  const shown = (principal: Principal, { reach, owner, ...one }: Alert) => {
    const editRefused = editRefusal(alertReach(principal), { name: one.name, reach })
    const isYours = isOwner(principal, { owner })
    // When and how it was delivered tells of runs that this person may not see.
    const isOpen = editRefused === null || isYours
    return {
      ...one,
      lastSentAt: isOpen ? one.lastSentAt : null,
      lastProblem: isOpen ? one.lastProblem : null,
      target: targetSeen(principal, { target: one.target, owner }, editRefused),
      ready: one.channel === 'webhook' || api.context.delivery.smtp !== null,
      editRefused,
      owner: owner === null ? null : { name: owner.name, isYou: isYours },
    }
  }
  const contextOf = (principal: Principal) => {
    const { kind, id, name } = principal
    const { hosts } = api.context.delivery.webhooks
    return { limits, sealer, hosts, reach: alertReach(principal), owner: { kind, id, name } }
  }
  addRoute(
    api,
    {
      id: 'alerts.list',
      method: 'GET',
      path: '/alerts',
      summary: 'List alerts',
      permission: 'alert:view',
      query: pageQuery,
      answer: pageAnswer(alertObject.answer),
    },
    async ({ tenant, query }) => {
      const { principal } = tenant.actor
      const { items, nextCursor } = await listAlerts(tenant.db, pageOf(query, limits.pageRowsMax))
      return { items: items.map((one) => shown(principal, one)), nextCursor }
    },
  )
  addRoute(
    api,
    {
      id: 'alerts.events',
      method: 'GET',
      path: '/alert-events',
      summary: 'List the events that alerts can send',
      permission: 'alert:view',
      answer: z.object({ items: z.array(topic) }),
    },
    async () => ({ items: [...allAlertTopics()] }),
  )
  addRoute(
    api,
    {
      id: 'alerts.create',
      method: 'POST',
      path: '/alerts',
      summary: 'Add an alert',
      permission: 'alert:edit',
      body: alertObject.input,
      answer: saved,
      status: 201,
    },
    ({ tenant, body }) =>
      transact(tenant.db, async (db) => {
        const made = await createAlert(db, contextOf(tenant.actor.principal), body)
        await record(db, tenant.actor, 'alert.created', objectOf(made.alert))
        return { ...made, alert: shown(tenant.actor.principal, made.alert) }
      }),
  )
  addRoute(
    api,
    {
      id: 'alerts.get',
      method: 'GET',
      path: '/alerts/{id}',
      summary: 'View an alert',
      permission: 'alert:view',
      params: idParam,
      answer: alertObject.answer,
    },
    async ({ tenant, params }) => shown(tenant.actor.principal, await getAlert(tenant.db, params.id)),
  )
  addRoute(
    api,
    {
      id: 'alerts.update',
      method: 'PATCH',
      path: '/alerts/{id}',
      summary: 'Edit an alert',
      // Owners may switch theirs off, whatever they may do no more.
      permission: 'alert:view',
      params: idParam,
      body: alertObject.edit,
      answer: saved,
    },
    ({ tenant, params, body }) =>
      transact(tenant.db, async (db) => {
        const { principal } = tenant.actor
        requireAlertEdit(principal, await getAlert(db, params.id), isEnding(body) ? 'ends' : 'edits')
        const edited = await updateAlert(db, contextOf(principal), params.id, body)
        await record(db, tenant.actor, 'alert.updated', objectOf(edited.alert))
        return { ...edited, alert: shown(tenant.actor.principal, edited.alert) }
      }),
  )
  addRoute(
    api,
    {
      id: 'alerts.test',
      method: 'POST',
      path: '/alerts/{id}/test',
      summary: 'Send a test alert and report the result',
      permission: 'alert:edit',
      errors: ['too_many_tests'],
      params: idParam,
      answer: z.object({ delivered: z.boolean(), text: z.string() }),
    },
    async ({ tenant, params, context }) => {
      const { db } = tenant
      await claimTest(tenant, await getAlert(db, params.id))
      return sendTest(db, sealer, context.delivery, params.id)
    },
  )
  addRoute(
    api,
    {
      id: 'alerts.delete',
      method: 'DELETE',
      path: '/alerts/{id}',
      summary: 'Delete an alert',
      permission: 'alert:view',
      params: idParam,
      answer: null,
    },
    ({ tenant, params }) =>
      transact(tenant.db, async (db) => {
        const { principal } = tenant.actor
        requireAlertEdit(principal, await getAlert(db, params.id), 'ends')
        const deleted = await deleteAlert(db, contextOf(principal), params.id)
        await record(db, tenant.actor, 'alert.deleted', objectOf(deleted))
      }),
  )
}

function objectOf({ id, name }: { readonly id: string; readonly name: string }) {
  return { type: 'alert', id, name }
}
