import type { ActionName } from '../base/catalogue.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import type { WorkflowState } from '../base/workflow-states.ts'
import type { Manner } from './manner.ts'

/**
 * What may become of a workflow, decided by all that it belongs to: what it is part of, its own parts, and newer runs. A whole and its
 * parts, theirs included, are one family and do not replace each other.
 */

/** A newer run outside the family that took the place of a workflow. */
export interface Follower {
  readonly id: string
  readonly state: WorkflowState
}

/** One workflow of a family, as far as it decides anything. */
export interface Member {
  readonly id: string
  /** What it is part of; null for the topmost. */
  readonly parent: string | null
  readonly state: WorkflowState
  readonly isStopping: boolean
  /** It failed because parts of it did. */
  readonly isKeptByParts: boolean
  /** As a part. */
  readonly maySkip: boolean
  readonly isSkipped: boolean
  readonly follower: Follower | null
  /** A newer run of its subject has begun. */
  readonly isOvertaken: boolean
}

/** By their ids, each whole before its parts. */
export type Family = ReadonlyMap<string, Member>

/** What follows for other members. */
export interface Effect {
  /** The parts that their whole continues without. */
  readonly skips: readonly string[]
  readonly stops: readonly string[]
  /** They go on with it: its parts that did not succeed, and what waited for it to be repaired. */
  readonly reopens: readonly string[]
}

type Refusal =
  | { readonly why: 'replaced'; readonly whole: string | null; readonly by: Follower }
  | { readonly why: 'over'; readonly whole: string; readonly state: WorkflowState | 'stopping' }
  | { readonly why: 'skipped' | 'parts replaced' | 'no part to skip' | 'a part' }

/** What follows from an action on a workflow. Errors: `action_not_possible`, `already_running`. */
export function effectOf(family: Family, id: string, { action, how }: Deciding): Effect {
  const self = memberOf(family, id)
  const refusal = refusalOf(family, self, { action, how })
  if (refusal !== null) throw errorOf(id, refusal)
  const none = { skips: [], stops: [], reopens: [] }
  if (action === 'skip_part')
    return { skips: [id], stops: openBelow(family, id), reopens: keptAbove(family, self) }
  if (action === 'skip_task') {
    const skips = partsOf(family, id).filter((part) => part.state !== 'succeeded' && !part.isSkipped)
    return { skips: idsOf(skips), stops: openBelow(family, id), reopens: keptAbove(family, self) }
  }
  if (how === 'stop' || how === 'anew') return { ...none, stops: openBelow(family, id) }
  if (how !== 'resume') return none
  return { ...none, reopens: [...failedBelow(family, id), ...keptAbove(family, self)] }
}

interface Deciding {
  readonly action: ActionName
  readonly how: Manner
}

/** Whether an action on a workflow is open, as `effectOf` decides it. */
export function isPossible(family: Family, id: string, deciding: Deciding): boolean {
  return refusalOf(family, memberOf(family, id), deciding) === null
}

/** Whether a worker must not begin or continue a workflow, since its place is taken, or no one waits for it. */
export function isLate(family: Family, id: string): boolean {
  const self = memberOf(family, id)
  if (self.isStopping) return false
  // One whose process is gone has begun, and does the rest of it.
  const isTooLate = self.state === 'scheduled' && self.isOvertaken
  return isTooLate || outOfPlay(family, self) !== null
}

/** What is not over of the parts of a workflow, and of theirs. */
export function openBelow(family: Family, id: string): readonly string[] {
  return belowOf(family, id)
    .filter(isOpen)
    .map((part) => part.id)
}

/** Not over yet; what waits for a person goes on. */
export const OPEN = ['scheduled', 'running', 'waiting'] as const satisfies readonly WorkflowState[]

export function isOpen({ state }: Pick<Member, 'state'>): boolean {
  return OPEN.some((one) => one === state)
}

/** Whether it keeps its whole from going on. */
export function hasFailed({ state, isSkipped }: Pick<Member, 'state' | 'isSkipped'>): boolean {
  return !isSkipped && (state === 'failed' || state === 'stopped')
}

/** Whether its whole could continue without it, if that goes on at all. */
export function isSkippable(member: Member): boolean {
  return member.parent !== null && member.maySkip && hasFailed(member)
}

function refusalOf(family: Family, self: Member, { action, how }: Deciding): Refusal | null {
  if (how === 'sooner') return null
  if (how === 'stop') return isOpen(self) ? null : (replacedBy(self) ?? outOfPlay(family, self))
  // It changes nothing of the part, whose place may be taken.
  if (action === 'skip_part')
    return isSkippable(self) ? blockedAbove(family, self) : { why: 'no part to skip' }
  const replaced = replacedBy(self)
  if (replaced !== null || how === 'accept') return replaced
  if (how !== 'resume') return self.parent === null ? null : { why: 'a part' }
  const isInVain = action !== 'skip_task' && isKeptForGood(family, self)
  return outOfPlay(family, self) ?? (isInVain ? { why: 'parts replaced' } : null)
}

function replacedBy({ follower }: Member): Refusal | null {
  return follower === null ? null : { why: 'replaced', whole: null, by: follower }
}

/** What it is part of must go on as well. */
function blockedAbove(family: Family, self: Member): Refusal | null {
  for (const whole of wholesOf(family, self)) {
    const { id, follower, isStopping, state } = whole
    if (follower !== null) return { why: 'replaced', whole: id, by: follower }
    if (isStopping) return { why: 'over', whole: id, state: 'stopping' }
    if (isEnded(whole)) return { why: 'over', whole: id, state }
    if (whole.isSkipped) return { why: 'skipped' }
  }
  return null
}

/** Nothing that becomes of it changes its whole any more. */
function outOfPlay(family: Family, self: Member): Refusal | null {
  return self.isSkipped ? { why: 'skipped' } : blockedAbove(family, self)
}

/** One that failed may go on. */
function isEnded({ state }: Member): boolean {
  return state === 'succeeded' || state === 'stopped'
}

/** It failed because of parts, and none of them may go on. */
function isKeptForGood(family: Family, self: Member): boolean {
  const failed = self.isKeptByParts ? partsOf(family, self.id).filter(hasFailed) : []
  return failed.length > 0 && failed.every((part) => !mayGoOn(family, part))
}

function mayGoOn(family: Family, part: Member): boolean {
  return part.follower === null && !isKeptForGood(family, part)
}

/** Its parts that go on with it, and theirs. */
function failedBelow(family: Family, id: string): readonly string[] {
  const failed = partsOf(family, id).filter((part) => hasFailed(part) && mayGoOn(family, part))
  return [...idsOf(failed), ...failed.flatMap((part) => failedBelow(family, part.id))]
}

/** What failed because of this part alone, up to the topmost: it goes on with the part, or without it. */
function keptAbove(family: Family, { id, parent }: Member): readonly string[] {
  if (parent === null) return []
  const whole = memberOf(family, parent)
  const isFree = partsOf(family, parent).every((part) => part.id === id || !hasFailed(part))
  return whole.isKeptByParts && isFree ? [parent, ...keptAbove(family, whole)] : []
}

function wholesOf(family: Family, { parent }: Member): readonly Member[] {
  if (parent === null) return []
  const whole = memberOf(family, parent)
  return [whole, ...wholesOf(family, whole)]
}

/** Its parts, and theirs. */
function belowOf(family: Family, id: string): readonly Member[] {
  const parts = partsOf(family, id)
  return parts.concat(parts.flatMap((part) => belowOf(family, part.id)))
}

function partsOf(family: Family, id: string): Member[] {
  return [...family.values()].filter(({ parent }) => parent === id)
}

function memberOf(family: Family, id: string): Member {
  const member = family.get(id)
  if (member === undefined) throw new TypeError(`workflow ${id} is not of this family`)
  return member
}

function idsOf(members: readonly Member[]): readonly string[] {
  return members.map(({ id }) => id)
}

function errorOf(id: string, refusal: Refusal): RollcallError {
  if (refusal.why === 'replaced' && isUnderWay(refusal.by))
    return new RollcallError('already_running', { workflow: refusal.by.id })
  return new RollcallError('action_not_possible', { detail: detailOf(id, refusal) })
}

function isUnderWay({ state }: Follower): boolean {
  return state === 'scheduled' || state === 'running'
}

function detailOf(id: string, refusal: Refusal): string {
  if (refusal.why === 'replaced') {
    const { whole, by } = refusal
    const what = whole === null ? 'it' : `workflow ${whole}, which it is part of`
    return `workflow ${by.id} has replaced ${what}; resolve that one, or start a new run`
  }
  if (refusal.why === 'over')
    return `it is part of workflow ${refusal.whole}, which is ${refusal.state}; retry that one`
  const details: Readonly<Record<typeof refusal.why, string>> = {
    skipped: 'the workflow that it is part of continued without it',
    'parts replaced':
      'newer runs have replaced all of its parts that did not succeed; skip those, or restart it',
    'no part to skip': `workflow ${id} is no part that another workflow can go on without`,
    'a part': `workflow ${id} is part of another one; a new workflow would not be`,
  }
  return details[refusal.why]
}
