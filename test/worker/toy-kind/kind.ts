import { access, appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { RollcallError } from '../../../src/base/rollcall-error.ts'
import { plural } from '../../../src/base/words.ts'
import type { StartedBy } from '../../../src/base/workflow-states.ts'
import { inWorkspace, PRODUCTION } from '../../../src/store/workspace.ts'
import type { Platform } from '../../../src/platform/open.ts'
import { addKind, workflowKind } from '../../../src/workflow/kind.ts'
import type { Counts } from '../../../src/workflow/kind.ts'
import type { TaskDefinition, WorkflowRun } from '../../../src/workflow/task-definition.ts'
import { shownOutput } from '../../../src/workflow/task-output.ts'
import { insertWorkflow } from '../../../src/workflow/workflow-store.ts'

/** A kind of workflow as one is added: it packs parcels and puts them into a folder. It has no list, and two tasks. */

interface Inputs {
  readonly folder: string
  readonly parcels: number
}

interface Outputs {
  pack: { parcels: number }
  deliver: { delivered: number }
}

interface ToyRun extends WorkflowRun<Outputs> {
  readonly inputs: Inputs
}

type Task<Name extends keyof Outputs> = TaskDefinition<Outputs, ToyRun, Name>

const pack: Task<'pack'> = {
  name: 'pack',
  stage: 'pack',
  output: { version: 1, schema: z.object({ parcels: z.number() }) },
  run: async ({ inputs: { folder, parcels }, log }) => {
    await appendFile(join(folder, 'packed'), '.')
    await log(`${plural(parcels, 'parcel')} packed`)
    return { parcels }
  },
}

const deliver: Task<'deliver'> = {
  name: 'deliver',
  stage: 'deliver',
  maySkip: true,
  output: {
    version: 2,
    schema: z.object({ delivered: z.number() }),
    // The first version only left a list.
    upgrade: (stored) => ({ delivered: (stored as { names: string[] }).names.length }),
  },
  run: async ({ inputs: { folder }, output, signal, progress }) => {
    const { parcels } = output('pack')
    await writeFile(join(folder, 'delivering'), '')
    await atTheDoor(folder, signal)
    if (await isThere(join(folder, 'broken')))
      throw new RollcallError('pinterest_refused', { detail: 'the van is broken' })
    for (let done = 0; done < parcels; done += 1) {
      await writeFile(join(folder, `parcel ${done}`), '')
      progress(done + 1, parcels, 'parcels')
    }
    return { delivered: parcels }
  },
}

/** How many deliver in this process. */
let delivering = 0
const LOOKS = 50

/** Waits while the door is held, a while when it is slow, and ends its whole process when it is deadly, at best with another in it. */
async function atTheDoor(folder: string, signal: AbortSignal): Promise<void> {
  const has = (name: string): Promise<boolean> => isThere(join(folder, name))
  const look = (): Promise<void> => sleep(20, undefined, { signal })
  delivering += 1
  try {
    for (let looks = 0; looks < LOOKS && (await has('slow')); looks += 1) await look()
    while (await has('held')) await look()
    if (!(await has('deadly'))) return
    const isAlone = (): boolean => delivering === 1
    for (let looks = 0; isAlone() && (looks < LOOKS || (await has('lonely'))); looks += 1) await look()
    await appendFile(join(folder, 'deaths'), isAlone() ? 'alone\n' : 'with others\n')
    process.kill(process.pid, 'SIGKILL')
  } finally {
    delivering -= 1
  }
}

export async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

export const toyKind = workflowKind<Inputs, ToyRun>({
  name: 'toy',
  subject: null,
  tasks: [pack, deliver],
  inputs: (_, { inputs: { folder, parcels } }) => ({ folder: String(folder), parcels: Number(parcels) }),
  open: async ({ limits }, { inputs }) => ({ limits, context: { inputs }, close: async () => {} }),
  title: ({ name }) => `${name} → the depot`,
  text: ({ delivered }) => textOf(delivered ?? 0),
  endCounts: async (_, __, tasks): Promise<Counts> => {
    const output = shownOutput(
      deliver.output,
      tasks.find(({ name }) => name === 'deliver'),
    )
    return output === null ? {} : { delivered: output.delivered }
  },
  summaries: async (db, ids) => {
    const rows = await db
      .selectFrom('task')
      .selectAll()
      .where('name', '=', 'deliver')
      .where('workflow_id', 'in', ids)
      .execute()
    return new Map(
      rows.flatMap((row) => {
        const output = shownOutput(deliver.output, row)
        if (output === null) return []
        const { delivered } = output
        return [[row.workflow_id, { counts: { delivered }, text: textOf(delivered) }] as const]
      }),
    )
  },
})

function textOf(delivered: number): string {
  return `${plural(delivered, 'parcel')} delivered`
}

addKind(toyKind)

const startedBy: StartedBy = { kind: 'schedule', id: null, name: 'schedule' }

/** Records one for the workers. */
export async function schedule(
  { store }: Pick<Platform, 'store'>,
  inputs: Readonly<Record<string, unknown>>,
  of: { readonly name: string; readonly parent?: string },
  kind = 'toy',
): Promise<string> {
  return insertWorkflow(inWorkspace(store.db, PRODUCTION), {
    kind,
    subject: null,
    inputs: () => ({ ...inputs }),
    holder: null,
    startedBy,
    of,
  })
}
