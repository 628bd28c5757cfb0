import { expect, test } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { workflowKind } from '../../src/workflow/kind.ts'
import type { KindTask } from '../../src/workflow/kind.ts'
import type { Services } from '../../src/workflow/services.ts'
import type { WorkflowRun } from '../../src/workflow/task-definition.ts'

interface Run extends WorkflowRun<object> {
  readonly parcels: number
}

const parts = {
  name: 'typed',
  subject: null,
  tasks: [] as readonly KindTask<Run>[],
  inputs: () => ({ parcels: 1 }),
  title: () => 'Typed',
  text: () => 'Done',
}

const open = async (
  _: Services,
  { inputs: { parcels } }: { readonly inputs: { readonly parcels: number } },
) => ({
  limits: defaultLimits,
  context: { parcels },
  close: async () => {},
})

test('a kind whose parts do not fit what a run gives, or each other, does not compile', () => {
  const whole = workflowKind({ ...parts, open })
  workflowKind({
    ...parts,
    open,
    // @ts-expect-error -- nothing that runs workflows has a printer
    inputs: ({ printer }: Services & { readonly printer: object }) => ({
      parcels: Object.keys(printer).length,
    }),
  })
  workflowKind({
    ...parts,
    open,
    // @ts-expect-error -- actions have no engine
    again: ({ engine }: Pick<Services, 'sealer' | 'engine'>, { inputs }) => {
      expect(engine).toBeUndefined()
      return () => inputs
    },
  })
  // @ts-expect-error -- the options have parcels, and no names
  workflowKind({ ...parts, open: async (_, { inputs }: { inputs: { names: string[] } }) => open(_, inputs) })
  // @ts-expect-error -- the tasks need parcels
  workflowKind({ ...parts, open: async (services, job) => ({ ...(await open(services, job)), context: {} }) })
  expect(whole.name).toBe('typed')
})
