import { join } from 'node:path'
import { z } from 'zod'
import { addKind, workflowKind } from '../../../src/workflow/kind.ts'
import type { TaskDefinition, WorkflowRun } from '../../../src/workflow/task-definition.ts'
import { isThere } from './kind.ts'

/** A kind of workflow with parts: a toy of its own for each van, and then their count. */

export const ROUND = 'toy_round'

interface Inputs {
  readonly folder: string
  /** The folder of each van, by its name. */
  readonly vans: Readonly<Record<string, string>>
}

interface Outputs {
  send: { sent: number; skipped: number }
  count: { vans: number }
}

interface RoundRun extends WorkflowRun<Outputs> {
  readonly inputs: Inputs
}

type Task<Name extends keyof Outputs> = TaskDefinition<Outputs, RoundRun, Name>

const send: Task<'send'> = {
  name: 'send',
  stage: 'send',
  output: { version: 1, schema: z.object({ sent: z.number(), skipped: z.number() }) },
  run: async ({ inputs: { vans }, parts }) => {
    const ended = await parts(
      Object.entries(vans).map(([name, folder]) => ({
        name,
        kind: 'toy',
        subject: null,
        inputs: () => ({ folder, parcels: 1 }),
        maySkip: true,
      })),
    )
    const skipped = ended.filter(({ isSkipped }) => isSkipped).length
    return { sent: ended.length - skipped, skipped }
  },
}

const count: Task<'count'> = {
  name: 'count',
  stage: 'count',
  output: { version: 1, schema: z.object({ vans: z.number() }) },
  run: async ({ output }) => ({ vans: output('send').sent }),
}

export const roundKind = workflowKind<Inputs, RoundRun>({
  name: ROUND,
  subject: null,
  tasks: [send, count],
  inputs: (_, { inputs: { folder, vans } }) => ({ folder: String(folder), vans: vans as Inputs['vans'] }),
  open: async ({ limits }, { inputs }) => ({
    limits,
    context: { inputs },
    // Its parts are started by now, and that no process has it is not saved yet.
    close: async ({ state }) => {
      const { folder } = inputs
      if (state === 'running' && (await isThere(join(folder, 'dies')))) process.kill(process.pid, 'SIGKILL')
    },
  }),
  title: ({ name }) => `${name} → all depots`,
  text: () => 'Round done',
})

addKind(roundKind)
