import { may } from '../../access/permissions.ts'
import { asRollcallError, isRollcallError, RollcallError } from '../../base/rollcall-error.ts'
import { withArticle } from '../../base/words.ts'
import { destinationKindOf } from '../../destinations/registry.ts'
import { settingsIn } from '../../sources/settings.ts'
import { checkDestination } from '../check-destination.ts'
import { secretsBefore } from '../kept-settings.ts'
import type { CheckedText } from '../activation.ts'
import type { Tenant } from '../tenant.ts'
import type { ObjectChange, ObjectName } from './change.ts'
import { kinds } from '../../objects/kinds.ts'
import { nounOf } from '../../objects/noun.ts'
import type { Items } from './items.ts'
import { makePlan } from './plan.ts'
import { targetKey } from './check-whole.ts'
import type { Plan, Step, StepOf } from './plan.ts'
import { checkQueryStep, Names, saveStep } from './save.ts'
import type { Found } from './save.ts'

/**
 * Applying a document: object by object, each whole or not at all, in the order in which they need each other. What Pinterest or
 * a data source has to accept is asked before the first change, where it can be. After a failure or the end of the process the same document goes on.
 */

export interface Outcome {
  readonly applied: readonly ObjectChange[]
  readonly failed: ObjectName
  readonly remaining: readonly ObjectChange[]
}

/** The error that stopped it, with what was applied before. */
export class ConfigurationStopped extends RollcallError {
  readonly outcome: Outcome

  constructor(error: RollcallError, outcome: Outcome) {
    super(error.code, error.data, { cause: error, passing: error.passing })
    this.outcome = outcome
  }
}

/**
 * Applies what a plan has shown. Errors: `request_invalid` as with the plan, `changed_meanwhile` when it would do something else
 * by now, `access_denied`, and `ConfigurationStopped` with the code of the error that stopped it.
 */
export async function applyConfiguration(
  tenant: Tenant,
  document: unknown,
  options: { readonly expectedDigest: string; readonly prune: boolean; readonly signal: AbortSignal },
): Promise<ObjectChange[]> {
  const plan = await makePlan(tenant, document, options)
  if (plan.difference.digest !== options.expectedDigest)
    throw new RollcallError('changed_meanwhile', { what: 'the configuration' })
  const steps = plan.steps.filter(({ change }) => change.action !== 'same')
  requireEdits(tenant, steps)
  const applied: ObjectChange[] = []
  for (const work of worksOf(tenant, plan, steps, options.signal)) {
    try {
      options.signal.throwIfAborted()
      const found = await work.run()
      if (work.isDone) applied.push({ ...work.step.change, ...found })
    } catch (error) {
      const { kind, name } = work.step.change
      const done = new Set(applied.map(keyOf))
      const remaining = steps.map(({ change }) => change).filter((change) => !done.has(keyOf(change)))
      throw new ConfigurationStopped(causeOf(error, options.signal), {
        applied,
        failed: { kind, name },
        remaining,
      })
    }
  }
  return applied
}

function keyOf({ kind, name }: ObjectName): string {
  return JSON.stringify([kind, name])
}

/** The client may have gone away meanwhile, which is no defect. */
function causeOf(error: unknown, { aborted, reason }: AbortSignal): RollcallError {
  if (!aborted || isRollcallError(error)) return asRollcallError(error)
  return isRollcallError(reason) ? reason : new RollcallError('stopped', { detail: 'the request was ended' })
}

function requireEdits({ actor }: Tenant, steps: readonly Step[]): void {
  const denied = kinds.find(
    (kind) => steps.some((step) => step.kind === kind) && !may(actor.principal, `${kind}:edit`),
  )
  if (denied !== undefined)
    throw new RollcallError('access_denied', {
      detail: `your policies do not let you edit ${withArticle(nounOf(denied))}.`,
    })
}

interface Work {
  readonly step: Step
  /** The step is applied once this has run; otherwise it is only checked. */
  readonly isDone: boolean
  readonly run: () => Promise<Found | void>
}

function worksOf(tenant: Tenant, plan: Plan, steps: readonly Step[], signal: AbortSignal): Work[] {
  const names = new Names(plan.state)
  const checked = new Map<Step, CheckedText>()
  const save = (step: Step): Work => ({
    step,
    isDone: true,
    run: () => saveStep(tenant, { names, checked }, step, signal),
  })
  const saved = (kind: Step['kind']) => steps.filter((step) => step.kind === kind && step.target !== null)
  const deleted = (kind: Step['kind']) => steps.filter((step) => step.kind === kind && step.target === null)
  const credentials = saved('credential')
  const given = new Set(
    credentials.filter(({ target }) => target?.secrets !== null).map(({ change }) => change.name),
  )
  const destinations = saved('destination') as StepOf<'destination'>[]
  const isLate = (step: StepOf<'destination'>) => given.has(step.target?.item.credential ?? '')
  const check = (step: StepOf<'destination'>): Work => ({
    step,
    isDone: false,
    run: () => checkStep(tenant, names, step, signal),
  })
  const queries = saved('query') as StepOf<'query'>[]
  const moved = new Set(saved('data_source').map(({ change }) => change.name))
  const isKnown = ({ target }: StepOf<'query'>) => !moved.has(target?.item.dataSource ?? '')
  const checkText = (step: StepOf<'query'>): Work => ({
    step,
    isDone: false,
    run: async () => {
      const text = await checkQueryStep(tenant, names, step, signal)
      if (text !== null) checked.set(step, text)
    },
  })
  const works = [
    ...queries.filter(isKnown).map(checkText),
    ...destinations.filter((step) => !isLate(step)).map(check),
    // Pinterest may renew a token when it is first used, so that a credential is stored before anything is asked with it.
    ...credentials.map(save),
    ...destinations.filter(isLate).map(check),
    // A list is free once the orchestration that owned it is gone.
    ...deleted('orchestration').map(save),
    ...saved('data_source').map(save),
    ...queries.map(save),
    ...destinations.map(save),
    ...inListOrder(plan, saved('orchestration') as StepOf<'orchestration'>[]).map(save),
    ...(['destination', 'query', 'data_source', 'credential'] as const).flatMap((kind) =>
      deleted(kind).map(save),
    ),
  ]
  // A kind that the order above forgets would be planned, and then not saved without a word.
  const done = new Set(works.filter(({ isDone }) => isDone).map(({ step }) => step))
  for (const step of steps) if (!done.has(step)) throw new TypeError(`nothing saves a ${step.kind}`)
  return works
}

async function checkStep(
  tenant: Tenant,
  names: Names,
  { stored, target }: StepOf<'destination'>,
  signal: AbortSignal,
): Promise<void> {
  if (target === null) return
  const { item, secrets } = target
  const type = destinationKindOf(item.kind)
  const kept =
    stored === null
      ? {}
      : secretsBefore(
          type,
          { id: stored.id, sealed: stored.sealed ?? null },
          secrets ?? {},
          tenant.sealer,
          'destination',
        )
  const settings = { ...kept, ...settingsIn(type, item), ...secrets }
  const credentialId = names.idOf('credential', item.credential)
  await checkDestination(tenant, { ...settings, kind: item.kind, credentialId }, signal)
}

/** An orchestration that takes over a list comes after the one that leaves it. */
function inListOrder(plan: Plan, steps: readonly StepOf<'orchestration'>[]): StepOf<'orchestration'>[] {
  const listOf = listsAfter(plan)
  const owners = new Map([...plan.state.orchestration.values()].map(({ item }) => [listOf(item), item.name]))
  const waiting = [...steps]
  const ordered: StepOf<'orchestration'>[] = []
  const names = new Set(waiting.map(({ change }) => change.name))
  while (waiting.length > 0) {
    const isFree = ({ change, target }: StepOf<'orchestration'>): boolean => {
      const owner = target === null ? undefined : owners.get(listOf(target.item))
      return owner === undefined || owner === change.name || !names.has(owner)
    }
    // In a circle none is free, and the first one tells whom its list belongs to.
    const next = waiting.splice(Math.max(0, waiting.findIndex(isFree)), 1)
    for (const { change } of next) names.delete(change.name)
    ordered.push(...next)
  }
  return ordered
}

/** Which list an orchestration's settings mean once the destinations are saved, which come first. */
function listsAfter({ state, steps }: Plan): (item: Items['orchestration']) => string {
  const destinations = new Map([...state.destination].map(([name, { item }]) => [name, item]))
  for (const { kind, change, target } of steps)
    if (kind === 'destination' && target !== null) destinations.set(change.name, target.item)
  return ({ name, destination, listName }) => targetKey(destinations.get(destination), listName) ?? name
}
