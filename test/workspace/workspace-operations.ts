import { localActor } from '../../src/access/activity.ts'
import type { Principal } from '../../src/access/permissions.ts'
import { activateDraft, activateText, checkText } from '../../src/workspace/activation.ts'
import { checkDestination } from '../../src/workspace/check-destination.ts'
import { checkList } from '../../src/history/check-list.ts'
import { exportConfiguration } from '../../src/workspace/configuration/export.ts'
import { readState } from '../../src/workspace/configuration/state.ts'
import * as credentials from '../../src/workspace/credentials.ts'
import * as sources from '../../src/workspace/data-sources.ts'
import * as destinations from '../../src/workspace/destinations.ts'
import * as lists from '../../src/history/lists.ts'
import * as orchestrations from '../../src/workspace/orchestrations.ts'
import { countQuery, previewQuery, tablesOf } from '../../src/workspace/preview.ts'
import * as queries from '../../src/workspace/queries.ts'
import { openReceipts } from '../../src/history/receipts.ts'
import { openRejects } from '../../src/history/rejects.ts'
import { resolveNow, scheduleNow } from '../../src/runs/schedule-now.ts'
import { seenEvents } from '../../src/workspace/seen.ts'
import type { Tenant } from '../../src/workspace/tenant.ts'
import { actionsFor, takeAction } from '../../src/runs/workflow-actions.ts'
import { readWorkflow } from '../../src/history/workflow-detail.ts'
import { listWorkflows, workflowRow, workflowSummaries } from '../../src/history/workflows.ts'
import { ACCOUNT, refused } from './configuration-support.ts'

/** Every operation of a tenant, by what may become of it when it is asked for something of another workspace. */

const { signal } = new AbortController()
const { principal } = localActor
const page = { limit: 100, cursor: null, search: null }
export const text = (of: string) => ({
  sql: `select email from input -- ${of}`,
  emailColumn: 'email',
  hashed: false,
})
export const queue = { runWorkflow: async () => {}, sendAlert: async () => {} }

/** A person who sees no destination that is for administrators only. */
export const operator: Principal = { ...principal, kind: 'user', id: 'us_1', policies: ['marketer'] }

export interface Ids {
  readonly credential: string
  readonly dataSource: string
  readonly query: string
  readonly destination: string
  readonly orchestration: string
  readonly list: string
  readonly workflow: string
}

/** Asks, in the workspace of a tenant, with ids that may be another's; `own` are the tenant's. */
type Operation = (tenant: Tenant, ids: Ids, own: Ids) => Promise<unknown>

const event = (type: 'workflow' | 'orchestration', id: string) => ({ type, id }) as const

/** What answers with objects: only with those of its own workspace. */
export const answering: Readonly<Record<string, Operation>> = {
  listCredentials: ({ db }) => credentials.listCredentials(db, page),
  listDataSources: ({ db }) => sources.listDataSources(db, page),
  listQueries: ({ db }) => queries.listQueries(db, principal, page),
  listDestinations: ({ db }) => destinations.listDestinations(db, principal, {}, page),
  listOrchestrations: ({ db }) => orchestrations.listOrchestrations(db, principal, {}, page),
  listWorkflows: ({ db }) => listWorkflows(db, principal, {}, page),
  listLists: ({ db }) =>
    lists.listLists(db, principal, { needsPerson: false, kept: true }, { ...page, order: 'state' }),
  exportConfiguration: (tenant) => exportConfiguration(tenant),
  readState: async (tenant) => {
    const { credential, data_source: source, query, destination, orchestration } = await readState(tenant)
    return [[...credential], [...source], [...query], [...destination], [...orchestration]]
  },
  'listCredentials by name': ({ db }) => credentials.listCredentials(db, { ...page, search: 'mark' }),
  'listDataSources by name': ({ db }) => sources.listDataSources(db, { ...page, search: 'mark' }),
  'listQueries by name': ({ db }) => queries.listQueries(db, principal, { ...page, search: 'mark' }),
  'listDestinations by name': ({ db }) =>
    destinations.listDestinations(db, principal, {}, { ...page, search: 'mark' }),
  'listOrchestrations by name': ({ db }) =>
    orchestrations.listOrchestrations(db, principal, {}, { ...page, search: 'mark' }),
  'listWorkflows by name': ({ db }) => listWorkflows(db, principal, { search: 'daily' }, page),
  getCredential: ({ db }, ids) => credentials.getCredential(db, ids.credential),
  credentialRow: ({ db }, ids) => credentials.credentialRow(db, ids.credential),
  getDataSource: ({ db }, ids) => sources.getDataSource(db, ids.dataSource),
  dataSourceRow: ({ db }, ids) => sources.dataSourceRow(db, ids.dataSource),
  getQuery: ({ db }, ids) => queries.getQuery(db, principal, ids.query),
  queryRow: ({ db }, ids) => queries.queryRow(db, ids.query),
  getDestination: ({ db }, ids) => destinations.getDestination(db, principal, ids.destination),
  destinationRow: ({ db }, ids) => destinations.destinationRow(db, principal, ids.destination),
  getOrchestration: ({ db }, ids) => orchestrations.getOrchestration(db, principal, ids.orchestration),
  orchestrationRow: ({ db }, ids) => orchestrations.orchestrationRow(db, principal, ids.orchestration),
  readWorkflow: (tenant, ids) => readWorkflow(tenant, principal, ids.workflow),
  workflowRow: ({ db }, ids) => workflowRow(db, principal, ids.workflow),
  actionsFor: async (tenant, ids) => [ids.workflow, await actionsFor(tenant.db, localActor, ids.workflow)],
  previewQuery: async (tenant, ids) => [
    ids.query,
    await previewQuery(tenant, ids.query, { text: 'active', mayViewPii: true, signal }),
  ],
  countQuery: async (tenant, ids) => [
    ids.query,
    await countQuery(tenant, ids.query, { text: 'active', mayViewPii: true, signal }),
  ],
  tablesOf: async (tenant, ids) => [
    ids.dataSource,
    await tablesOf(tenant, ids.dataSource, { mayViewPii: true, signal }),
  ],
  reachableAdAccounts: async (tenant, ids) => [
    ids.credential,
    await credentials.reachableAdAccounts(tenant, ids.credential, signal),
  ],
  checkDestination: async (tenant, { credential }) => [
    credential,
    await checkDestination(
      tenant,
      { kind: 'customer_list', credentialId: credential, adAccountId: ACCOUNT },
      signal,
    ),
  ],
  checkSaved: async (tenant, { destination }) => [
    destination,
    await destinations.checkSaved(tenant, destination, signal),
  ],
  checkText: async (tenant, { query: id, dataSource: dataSourceId }) => [
    id,
    await checkText(tenant, { id, name: 'Loyal', text: text('a'), dataSourceId }, signal),
  ],
}

const version = 1
const copy = { name: 'Copy', listName: 'Copy' }
export const newQuery = { name: 'New', description: '', draft: text('new'), thresholds: {} }
export const newDestination = {
  name: 'New',
  description: '',
  adminOnly: false,
  limitedPii: false,
  kind: 'customer_list',
  audiencePrimaryKey: 'email' as const,
  adAccountId: ACCOUNT,
  limits: {},
}
export const newOrchestration = {
  name: 'New',
  listName: 'New',
  automatic: false,
  enabled: true,
  cron: null,
  timeZone: 'UTC',
  limits: {},
  adopt: false,
  sendAdditionsFirst: false,
}

/** What changes an object, runs it or makes another that uses it. */
export const changing: Readonly<Record<string, Operation>> = {
  updateCredential: (tenant, ids) =>
    credentials.updateCredential(tenant, ids.credential, { version, description: 'changed' }),
  deleteCredential: (tenant, ids) => credentials.deleteCredential(tenant, ids.credential),
  updateDataSource: (tenant, ids) =>
    sources.updateDataSource(tenant, ids.dataSource, { version, description: 'changed' }),
  deleteDataSource: (tenant, ids) => sources.deleteDataSource(tenant, ids.dataSource),
  createQuery: (tenant, ids) => queries.createQuery(tenant, { ...newQuery, dataSourceId: ids.dataSource }),
  updateQuery: (tenant, ids) => queries.updateQuery(tenant, ids.query, { version, description: 'changed' }),
  activateDraft: (tenant, ids) => activateDraft(tenant, ids.query, { version, signal }),
  activateText: async (tenant, ids, own) => {
    const asked = { id: own.query, name: 'Loyal', text: text('a'), dataSourceId: own.dataSource }
    return activateText(tenant, ids.query, { version, known: await checkText(tenant, asked, signal) })
  },
  discardDraft: (tenant, ids) => queries.discardDraft(tenant, ids.query, { version }),
  deleteQuery: (tenant, ids) => queries.deleteQuery(tenant, ids.query),
  createDestination: (tenant, ids) =>
    destinations.createDestination(tenant, { ...newDestination, credentialId: ids.credential }, signal),
  updateDestination: (tenant, ids) =>
    destinations.updateDestination(tenant, ids.destination, { version, description: 'changed' }, signal),
  'updateDestination to use it': (tenant, ids, own) => {
    const edit = { version, credentialId: ids.credential }
    return destinations.updateDestination(tenant, own.destination, edit, signal)
  },
  copyDestination: (tenant, ids) => destinations.copyDestination(tenant, ids.destination, 'Copy', signal),
  deleteDestination: (tenant, ids) => destinations.deleteDestination(tenant, ids.destination),
  'createOrchestration of its query': (tenant, ids, own) => {
    const uses = { queryId: ids.query, destinationId: own.destination }
    return orchestrations.createOrchestration(tenant, { ...newOrchestration, ...uses })
  },
  createOrchestration: (tenant, ids, own) => {
    const uses = { queryId: own.query, destinationId: ids.destination }
    return orchestrations.createOrchestration(tenant, { ...newOrchestration, ...uses })
  },
  updateOrchestration: (tenant, ids) =>
    orchestrations.updateOrchestration(tenant, ids.orchestration, { version, enabled: false }),
  copyOrchestration: (tenant, ids) => orchestrations.copyOrchestration(tenant, ids.orchestration, copy),
  deleteOrchestration: (tenant, ids) => orchestrations.deleteOrchestration(tenant, ids.orchestration),
  scheduleNow: (tenant, ids) => scheduleNow(tenant, queue, { orchestrationId: ids.orchestration }),
  resolveNow: (tenant, ids) => resolveNow(tenant, queue, ids.workflow, 'stop'),
  takeAction: (tenant, ids) => takeAction(tenant, ids.workflow, 'stop'),
  openReceipts: ({ db }, ids) => openReceipts(db, principal, ids.workflow),
  openRejects: (tenant, ids) => openRejects(tenant, principal, ids.workflow),
}

/** What is asked of an object and answers nothing of it, or does nothing, when it is another workspace's. */
export const silent: Readonly<Record<string, Operation>> = {
  noteProblem: async ({ db }, ids) => {
    const problem = await refused(credentials.getCredential(db, 'cr_none'))
    await credentials.noteProblem(db, ids.credential, problem)
    return []
  },
  noteQueryRun: async ({ db }, ids) => {
    const run = { at: new Date().toISOString(), rows: 1, seconds: 1, workflow: null, error: null }
    await queries.noteQueryRun(db, ids.query, run)
    return []
  },
  workflowSummaries: async ({ db }, ids) => [...(await workflowSummaries(db, principal, [ids.workflow]))],
  reachOf: async ({ db }, ids) => {
    const { hidden } = await queries.reachOf(db, operator, { id: ids.query, name: 'Loyal' })
    return hidden === 0 ? [] : [hidden]
  },
  listOrchestrations: async ({ db }, ids) =>
    (await orchestrations.listOrchestrations(db, principal, { queryId: ids.query }, page)).items,
  listQueries: async ({ db }, ids) =>
    (await queries.listQueries(db, principal, { ...page, dataSourceId: ids.dataSource })).items,
  listDestinations: async ({ db }, ids) =>
    (await destinations.listDestinations(db, principal, { credentialId: ids.credential }, page)).items,
  listWorkflows: async ({ db }, ids) =>
    (await listWorkflows(db, principal, { orchestrationId: ids.orchestration }, page)).items,
  seenEvents: async ({ db }, ids) =>
    (
      await seenEvents(db, operator, [
        event('workflow', ids.workflow),
        event('orchestration', ids.orchestration),
      ])
    ).filter(({ id }) => id !== undefined),
  // A list belongs to an ad account and may be seen; who keeps it may not.
  getListView: async ({ db }, { list }) => {
    const { orchestration, destination, lastWorkflow } = await lists.getListView(db, principal, list)
    return [orchestration, destination, lastWorkflow].filter((one) => one !== null)
  },
  checkList: async (tenant, { list }) =>
    (await refused(checkList(tenant, queue, list, signal))).code === 'action_not_possible' ? [] : [list],
}
