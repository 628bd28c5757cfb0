import { RollcallError } from '../../base/rollcall-error.ts'
import { openList } from '../../ledger/lists.ts'
import type { WorkspaceTx } from '../../store/workspace.ts'
import { noApprovals } from './inputs/inputs.ts'
import type { SyncInputs } from './inputs/inputs.ts'
import { storedInputs } from './inputs/stored-inputs.ts'
import type { ListOptions } from './options.ts'
import type { Begin, Begun, Read } from '../contract.ts'
import { accountOf } from './target.ts'

const SAMPLE_SUFFIX = ' (sample)'

/** Begins a sync, or a sample of one. Error: `name_taken` when the sample's list has an owner. */
export async function begin(tx: WorkspaceTx, asked: Begin): Promise<Begun> {
  const { orchestration, sampleMembers, sealer } = asked
  const isSample = sampleMembers !== null
  const list = await listFor(tx, asked)
  return {
    kind: isSample ? 'sample' : 'sync',
    subject: list.id,
    name: isSample ? `${orchestration.name}${SAMPLE_SUFFIX}` : orchestration.name,
    inputs: (read) => {
      const inputs = inputsOf(asked, list.name, read)
      return (workflowId) => storedInputs(inputs, sealer, workflowId)
    },
  }
}

interface List {
  readonly id: string
  readonly name: string
}

/** A sample goes to a list of its own name, never to the real one. */
async function listFor(
  tx: WorkspaceTx,
  { orchestration, target, destination, sampleMembers }: Begin,
): Promise<List> {
  if (target === null) throw new TypeError(`orchestration ${orchestration.id} has no list`)
  if (sampleMembers === null) return target
  const ownName = target.name + SAMPLE_SUFFIX
  const list = await openList(tx, accountOf(destination.settings), ownName)
  const owner = await tx
    .selectFrom('orchestration')
    .select('name')
    .where('target_id', '=', list.id)
    .executeTakeFirst()
  if (owner === undefined) return { id: list.id, name: ownName }
  const detail = `the sample's customer list "${ownName}" belongs to orchestration "${owner.name}". Rename that list.`
  throw new RollcallError('name_taken', { detail })
}

function inputsOf(
  { orchestration, options, destination, sampleMembers, review, action }: Begin,
  list: string,
  { from, text, query: { name, thresholds } }: Read,
): SyncInputs {
  const { adopt, sendAdditionsFirst } = options as ListOptions
  const hasThresholds = Object.keys(thresholds).length > 0
  return {
    from,
    query: text.sql,
    emailColumn: text.emailColumn,
    hashed: text.hashed,
    adAccountId: accountOf(destination.settings),
    list,
    yes: false,
    ...noApprovals,
    sendAdditionsFirst,
    review,
    adopt: adopt || action === 'use_newer_list',
    rejects: null,
    keepRejects: true,
    sampleMembers,
    thresholds: hasThresholds ? { ...thresholds, query: name } : null,
    limits: { ...destination.limits, ...orchestration.limits },
    cwd: '/',
  }
}
