import { z } from 'zod'
import { afterAll, beforeAll } from 'vitest'
import { localActor } from '../../src/access/activity.ts'
import { openSealer } from '../../src/access/secret-key.ts'
import { defaultLimits } from '../../src/base/limits.ts'
import { isRollcallError, RollcallError } from '../../src/base/rollcall-error.ts'
import type { ErrorCode } from '../../src/base/catalogue.ts'
import { servicesOn } from '../../src/platform/open.ts'
import type { Platform } from '../../src/platform/open.ts'
import { takeAction } from '../../src/runs/workflow-actions.ts'
import type { TakenAction } from '../../src/runs/workflow-actions.ts'
import { openHome } from '../../src/store/home.ts'
import { openStore } from '../../src/store/store.ts'
import { inWorkspace, PRODUCTION } from '../../src/store/workspace.ts'
import { abandonedWorkflows } from '../../src/worker/abandoned.ts'
import { addKind, workflowKind } from '../../src/workflow/kind.ts'
import { noteEvents } from '../../src/workflow/note-events.ts'
import { runScheduled, startHere } from '../../src/workflow/run-kind.ts'
import type { Services } from '../../src/workflow/services.ts'
import type { TaskDefinition, WorkflowRun } from '../../src/workflow/task-definition.ts'
import { noteWorkflow } from '../../src/workflow/workflow-card.ts'
import { insertWorkflow } from '../../src/workflow/workflow-store.ts'
import { tenantOf } from '../../src/workspace/tenant.ts'
import type { Tenant } from '../../src/workspace/tenant.ts'
import { createTestDatabase } from '../support/database.ts'
import { makeFolder } from '../support/folder.ts'
import { largeRemoval } from './support.ts'

/** Workflows whose parts are workflows: a trip of several legs, each of which leads over a road or is a trip itself. */

export interface Leg {
  readonly name: string
  /** The subject; null for none. */
  readonly road?: string | null
  readonly maySkip?: boolean
  /** Of a trip. */
  readonly legs?: readonly Leg[]
}

export type Outcome = 'arrives' | 'fails' | 'asks'

interface Outputs {
  legs: { skipped: readonly string[] }
  rest: object
}

interface TripRun extends WorkflowRun<Outputs> {
  readonly legs: readonly Leg[]
}

/** More than any trip needs. */
const ROUNDS_MAX = 50

const outcomes = new Map<string, Outcome>()

/** Of those that nothing is said of, by the order in which they come; all others arrive. */
let arranged: Outcome[] = []

function outcomeOf(id: string): Outcome {
  const outcome = outcomes.get(id) ?? arranged.shift() ?? 'arrives'
  outcomes.set(id, outcome)
  return outcome
}

function end(id: string): object {
  const outcome = outcomeOf(id)
  if (outcome === 'fails') throw new RollcallError('pinterest_refused', { detail: 'the road is closed' })
  if (outcome === 'asks') throw new RollcallError('large_removal', largeRemoval)
  return {}
}

const legs: TaskDefinition<Outputs, TripRun, 'legs'> = {
  name: 'legs',
  stage: 'legs',
  output: { version: 1, schema: z.object({ skipped: z.array(z.string()) }) },
  run: async ({ legs: wanted, parts }) => {
    const ended = await parts(
      wanted.map((leg) => ({ ...newOf(leg), name: leg.name, maySkip: leg.maySkip === true })),
    )
    return { skipped: ended.filter(({ isSkipped }) => isSkipped).map(({ name }) => name) }
  },
}

const rest: TaskDefinition<Outputs, TripRun, 'rest'> = {
  name: 'rest',
  stage: 'rest',
  output: { version: 1, schema: z.object({}) },
  // oxlint-disable-next-line require-await -- it only ends
  run: async ({ id }) => end(id),
}

const road = { type: 'road', lock: 'road:', noun: 'road' } as const

const tripKind = workflowKind<readonly Leg[], TripRun>({
  name: 'trip',
  subject: road,
  tasks: [legs, rest],
  inputs: (_, { inputs }) => inputs['legs'] as readonly Leg[],
  open: async ({ limits }, { inputs }) => ({ limits, context: { legs: inputs }, close: async () => {} }),
  title: ({ name }) => name ?? 'Trip',
  text: () => 'Arrived',
})

const legKind = workflowKind<null, TripRun>({
  name: 'leg',
  subject: road,
  tasks: [rest],
  inputs: () => null,
  open: async ({ limits }) => ({ limits, context: { legs: [] }, close: async () => {} }),
  title: ({ name }) => name ?? 'Leg',
  text: () => 'Arrived',
})

function newOf({ road: subject = null, legs: own }: Leg) {
  return own === undefined
    ? { kind: legKind.name, subject, inputs: () => ({}) }
    : { kind: tripKind.name, subject, inputs: () => ({ legs: own }) }
}

/** One workflow as it stands. */
export interface Stands {
  readonly id: string
  readonly name: string
  readonly state: string
  readonly error: string | null
}

export interface Trips {
  readonly platform: Platform
  readonly tenant: Tenant
  readonly services: Services
  /** Records a trip for the workers. */
  readonly plan: (leg: Leg) => Promise<string>
  /** How those end that nothing is said of, by the order in which they come; all after them arrive. */
  readonly arrange: (each: readonly Outcome[]) => void
  /** How the workflow ends from now on. */
  readonly will: (id: string, outcome: Outcome) => void
  /** What workers do until there is nothing left to do. */
  readonly work: () => Promise<void>
  /** One run of this workflow by a worker. */
  readonly workOn: (id: string) => Promise<void>
  /** A run of the command line over this road, to its end. */
  readonly travel: (road: string, outcome?: Outcome) => Promise<string>
  readonly act: (id: string, action: string) => Promise<TakenAction>
  /** The code of the error with which it is refused. */
  readonly refused: (id: string, action: string) => Promise<ErrorCode | 'taken'>
  /** A workflow by its name; the newest. */
  readonly find: (name: string) => Promise<Stands>
  /** All by their names: "North failed". */
  readonly states: () => Promise<string[]>
}

/** One database for all tests of a file. */
export function openTrips(): Trips {
  const opened = {} as { platform: Platform; tenant: Tenant; services: Services }
  let close: () => Promise<void>
  beforeAll(async () => {
    const database = await createTestDatabase()
    const folder = await makeFolder('trips')
    const forget = [addKind(tripKind), addKind(legKind)]
    const env = { ROLLCALL_HOME: folder.dir, DATABASE_URL: database.url }
    const home = await openHome(env)
    const limits = { ...defaultLimits, lockWaitMs: 0, taskWaitForMs: 0 }
    const store = await openStore({ home, env, limits })
    const sealer = await openSealer({ home, env })
    opened.platform = { env, home, limits, store, sealer }
    opened.tenant = tenantOf(opened.platform, localActor)
    opened.services = servicesOn(opened.platform, { db: opened.tenant.db, name: 'default' })
    close = async () => {
      await opened.services.close()
      await store.close()
      await database.drop()
      for (const each of forget) each()
    }
  })
  afterAll(async () => close())
  const db = () => opened.platform.store.db
  const { signal } = new AbortController()
  const run = () => ({ services: opened.services, signal, wait: false, onEvent: () => {} })
  const workOn = async (id: string): Promise<void> => {
    const notes = noteEvents(db(), id)
    try {
      await runScheduled({ ...run(), workflowId: id, onEvent: notes.event })
    } catch (error) {
      if (!isRollcallError(error) || error.code !== 'already_running') throw error
    }
    await notes.settled()
    await noteWorkflow(db(), id)
  }
  const stands = () =>
    db()
      .selectFrom('workflow')
      .select(['id', 'name', 'state', 'error'])
      .orderBy('number')
      .execute()
      .then((rows) =>
        rows.map(({ name, error, ...row }) => ({ ...row, name: name ?? '', error: error?.code ?? null })),
      )
  const act = (id: string, action: string) => takeAction(opened.tenant, id, action)
  return {
    get platform() {
      return opened.platform
    },
    get tenant() {
      return opened.tenant
    },
    get services() {
      return opened.services
    },
    plan: async (leg) =>
      insertWorkflow(inWorkspace(db(), PRODUCTION), { ...newOf(leg), holder: null, of: { name: leg.name } }),
    arrange: (each) => {
      arranged = [...each]
    },
    will: (id, outcome) => void outcomes.set(id, outcome),
    work: async () => {
      for (let round = 0; round < ROUNDS_MAX; round += 1) {
        const scheduled = (await stands()).filter(({ state }) => state === 'scheduled').map(({ id }) => id)
        const open = [...(await abandonedWorkflows(db())), ...scheduled]
        if (open.length === 0) return
        for (const id of open) await workOn(id)
      }
      throw new Error(
        `after ${ROUNDS_MAX} rounds there is still something to do: ${(await stands()).map(({ name, state }) => `${name} ${state}`).join(', ')}`,
      )
    },
    workOn,
    travel: async (subject, outcome = 'arrives') => {
      const onStart = (id: string): void => void outcomes.set(id, outcome)
      const wanted = { ...newOf({ name: '', road: subject }) }
      return (await startHere({ ...run(), onStart }, wanted)).workflowId
    },
    act,
    refused: async (id, action) => {
      try {
        await act(id, action)
        return 'taken'
      } catch (error) {
        if (!isRollcallError(error)) throw error
        return error.code
      }
    },
    find: async (name) => {
      const found = (await stands()).findLast((one) => one.name === name)
      if (found === undefined) throw new TypeError(`there is no workflow "${name}"`)
      return found
    },
    states: async () => (await stands()).map(({ name, state }) => `${name} ${state}`),
  }
}
