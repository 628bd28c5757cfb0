import { z } from 'zod'
import type { Sealer } from '../../../../src/access/seal.ts'
import { RollcallError } from '../../../../src/base/rollcall-error.ts'
import { plural } from '../../../../src/base/words.ts'
import { workflowKind } from '../../../../src/workflow/kind.ts'
import type { Counts, WorkflowKind } from '../../../../src/workflow/kind.ts'
import type { ToyOptions } from './options.ts'
import type { TaskDefinition, WorkflowRun } from '../../../../src/workflow/task-definition.ts'
import { shownOutput } from '../../../../src/workflow/task-output.ts'
import type { Task as StoredTask } from '../../../../src/workflow/tasks.ts'

/** Two tasks that bring nothing in step: parcels are packed and delivered. */

export const DELIVERY = 'toy_delivery'
/** Delivers some of the parcels. */
export const TRIAL = 'toy_trial'

interface Outputs {
  pack: { parcels: number }
  deliver: { delivered: number }
}

interface Options extends Partial<ToyOptions> {
  readonly depot: string
  readonly parcels: number
  /** Sealed. */
  readonly code: string
}

interface ToyRun extends WorkflowRun<Outputs> {
  readonly inputs: Options
}

type Task<Name extends keyof Outputs> = TaskDefinition<Outputs, ToyRun, Name>

const pack: Task<'pack'> = {
  name: 'pack',
  stage: 'pack',
  output: { version: 1, schema: z.object({ parcels: z.number() }) },
  run: async ({ inputs: { parcels }, log }) => {
    await log(`${plural(parcels, 'parcel')} packed`)
    return { parcels }
  },
}

const deliver: Task<'deliver'> = {
  name: 'deliver',
  stage: 'deliver',
  output: { version: 1, schema: z.object({ delivered: z.number() }) },
  run: async ({ inputs: { code }, output }) => {
    if (code === '') throw new RollcallError('pinterest_refused', { detail: 'the door is closed' })
    return { delivered: output('pack').parcels }
  },
}

/** Options as they are stored: what anyone may read in clear, the code sealed. */
export function storedOptions(
  { code, ...shown }: Options,
  sealer: Sealer,
): (id: string) => Record<string, unknown> {
  return (id) => ({ ...shown, sealed: sealer.seal(code, { table: 'workflow', id }) })
}

export const delivery = workflowKind<Options, ToyRun>({
  name: DELIVERY,
  subject: null,
  tasks: [pack, deliver],
  inputs: ({ sealer }, { id, inputs: { sealed, depot, parcels } }) => ({
    depot: String(depot),
    parcels: Number(parcels),
    code: sealer.open(String(sealed), { table: 'workflow', id }),
  }),
  open: async ({ limits }, { inputs }) => ({ limits, context: { inputs }, close: async () => {} }),
  title: ({ name, destination }) => `${name} → ${destination}`,
  text: ({ delivered }) => `${plural(delivered ?? 0, 'parcel')} delivered`,
  facts: ({ delivered = null }) =>
    delivered === null ? [] : [{ label: 'Parcels', text: `${delivered} at the door` }],
  alerts: {
    pinterest_refused: {
      event: 'door_closed',
      title: 'Door closed',
      about: 'The door of a depot did not open.',
    },
  },
  endCounts: async (_, __, tasks) => countsOf(tasks),
  summaries: async (db, ids) => {
    const tasks = await db.selectFrom('task').selectAll().where('workflow_id', 'in', ids).execute()
    return new Map(
      ids.map((id) => {
        const counts = countsOf(tasks.filter((task) => task.workflow_id === id))
        return [id, { counts, text: null }]
      }),
    )
  },
})

export const trial: WorkflowKind = { ...delivery, name: TRIAL, isSample: true }

function countsOf(tasks: readonly StoredTask[]): Counts {
  const output = shownOutput(
    deliver.output,
    tasks.find(({ name }) => name === 'deliver'),
  )
  return output === null ? {} : { delivered: output.delivered }
}
