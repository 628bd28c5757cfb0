import type { Kysely } from 'kysely'
import type { ActionName, ErrorCode } from '../base/catalogue.ts'
import { RollcallError } from '../base/rollcall-error.ts'
import type { Limits } from '../base/limits.ts'
import type { Tables } from '../store/schema.ts'
import type { QueryRun } from '../base/workflow-states.ts'
import type { StoredProblem } from '../base/workflow-states.ts'
import type { Lock } from '../store/store.ts'
import type { WorkspaceTx } from '../store/workspace.ts'
import type { Services } from './services.ts'
import type { BareRun, TaskDefinition, WorkflowEnd, WorkflowRun } from './task-definition.ts'
import type { OutputForm } from './task-output.ts'
import type { Workflow } from './workflow-store.ts'
import type { Task } from './tasks.ts'

/**
 * A kind of workflow: what its tasks are, what it changes, and how people read what it did. The code of workflows knows a kind by this
 * alone; an entry of the registry is made with `addKind`.
 */

type Db = Kysely<Tables>

/** What options are read and stored with. */
export type OptionsHost = Pick<Services, 'store' | 'limits' | 'sealer'>

export interface KindTask<Run> extends Pick<TaskDefinition<never, never>, 'stage' | 'maySkip'> {
  readonly name: string
  readonly output: OutputForm<unknown>
  readonly run: (run: Run) => Promise<unknown>
}

/** A workflow that runs, under the lock of its subject. */
export interface Job<Inputs = unknown> {
  readonly workflow: Workflow
  readonly inputs: Inputs
  readonly lock: Lock
}

/** What the tasks of one run get in addition to what every run has. */
export interface OpenedRun<Run extends BareRun = BareRun> {
  readonly limits: Limits
  readonly context: Omit<Run, keyof WorkflowRun<unknown>>
  /** Tidies up behind the run, however it ended. */
  readonly close: (end: WorkflowEnd) => Promise<void>
}

/** Numbers by their names; null for what is not known yet. */
export type Counts = Readonly<Record<string, number | null>>

/** "Rows: 1,203 received, 4 rejected", in plain words. */
export interface Fact {
  readonly label: string
  readonly text: string
}

/** An event that people can be alerted to. */
export interface AlertTopic {
  /** As alerts and webhooks name it: "threshold". Kinds that mean the same event share it. */
  readonly event: string
  /** "Query threshold" */
  readonly title: string
  /** When it happens, in a sentence. */
  readonly about: string
}

/** What a list of workflows shows of one. */
export interface KindSummary {
  readonly counts: Counts
  /** "+1,203 −396, 184,203 members"; null before there is anything to say. */
  readonly text: string | null
}

/**
 * `Inputs` are the options of its workflows, opened, and `Run` is what its tasks get. Functions are properties and no methods, so that a
 * kind which asks for more than it gets does not compile.
 */
export interface WorkflowKind<Inputs = unknown, Run extends BareRun = BareRun> {
  readonly name: string
  /** What one of its workflows brings in step, on which no two run at once; null when there is no such thing. */
  readonly subject: {
    readonly type: string
    /** Begins the name of the subject's lock. */
    readonly lock: string
    /** "list" */
    readonly noun: string
  } | null
  /** It sends some members only, to something that is not kept in step afterwards. */
  readonly isSample?: true
  readonly tasks: readonly KindTask<Run>[]
  /** The stored options of a workflow, opened. Read before a process takes the workflow: what fails here changes nothing. */
  readonly inputs: (services: Services, workflow: Workflow) => Inputs
  /** Opens what the tasks stand on. */
  readonly open: (services: Services, job: Job<Inputs>) => Promise<OpenedRun<Run>>
  /** In the transaction in which a process takes a workflow that was scheduled or left in the middle. */
  readonly take?: (tx: Db, workflow: Workflow) => Promise<void>
  /** Makes a workflow that begins, or was left in the middle, ready to go on: forgets what does not hold good any more. */
  readonly prepare?: (services: Services, db: Db, job: Omit<Job<Inputs>, 'lock'>) => Promise<void>
  /** How far a workflow got besides the tasks that succeeded. Never less than before. */
  readonly steps?: (db: Db, workflowId: string) => Promise<number>
  /** What it is about, as its card has it: "Loyal customers → Pinterest". */
  readonly title: (workflow: {
    readonly name: string | null
    readonly inputs: Record<string, unknown>
    readonly destination: string | null
  }) => string
  /** What the card says of a workflow that succeeded, by the counts of its end. */
  readonly text: (counts: Counts) => string
  /** What the card of one that waits for a person says, but for "Needs approval: "; null for the message of the error. */
  readonly waits?: (error: StoredProblem) => string | null
  /** What alerts and its page say of it, by the counts of its end. */
  readonly facts?: (counts: Counts) => readonly Fact[]
  /** Its errors and warnings that have an alert event of their own, whatever became of the workflow. */
  readonly alerts?: Readonly<Partial<Record<ErrorCode, AlertTopic>>>
  /** What card and alerts tell of a workflow that has ended or waits. */
  readonly endCounts?: (db: Db, workflow: Workflow, tasks: readonly Task[]) => Promise<Counts>
  /** The same of many for lists of workflows, by their ids. */
  readonly summaries?: (db: Db, workflowIds: readonly string[]) => Promise<ReadonlyMap<string, KindSummary>>
  /** How the query ran that it read, for kinds that read one. */
  readonly queryRun?: (tasks: readonly Task[]) => Pick<QueryRun, 'rows' | 'unreadable' | 'error'>
  /** The stored options with which a workflow goes on after an action; without this, those it has. */
  readonly resolved?: (
    host: OptionsHost,
    db: Db,
    workflow: Workflow,
    action: ActionName,
  ) => Promise<Record<string, unknown>>
  /** Those of a new workflow that gets what this one was given, by its id; without this, the same. */
  readonly again?: (
    host: OptionsHost,
    workflow: Workflow,
    action: ActionName,
  ) => (id: string) => Record<string, unknown>
  /** Refuses what a new one could never work with, in the process that asks for it. */
  readonly check?: (services: Services, workflow: Workflow, signal: AbortSignal) => Promise<void>
  /** Lets go what a new one leaves behind that starts with this action, under the subject's lock. */
  readonly release?: (db: Db, workflow: Workflow, action: ActionName) => Promise<void>
  /** A person accepts what its warnings tell of as it is. */
  readonly accept?: (db: Db, workflow: Workflow, by: string) => Promise<void>
  /** Keeps what it brings in step as it is until the transaction ends, so that two starts or actions come one after the other. */
  readonly hold?: (tx: Db, subject: string) => Promise<void>
  /** In which way it was started, for a new one in its place. */
  readonly way?: (
    host: OptionsHost,
    workflow: Workflow,
  ) => { readonly sampleMembers: number | null; readonly review: boolean }
  /** What its actions may concern besides what is configured, from what is shown of its destination, if that is there. */
  readonly concerned?: (
    workflow: Workflow,
    destination: Readonly<Record<string, unknown>> | null,
  ) => readonly Concerned[]
  /** What one that only looks found, to be told of the last one that may send; null for nothing. */
  readonly found?: (tx: WorkspaceTx, workflow: Workflow) => Promise<LateWarning | null>
  /** Those of the actions of its errors and warnings that make sense as it stands. */
  readonly offers?: (
    db: Db,
    workflow: Workflow,
    actions: readonly ActionName[],
  ) => Promise<readonly ActionName[]>
}

/** A warning that was found after its workflow had ended. */
export interface LateWarning {
  readonly workflow: Pick<Workflow, 'id' | 'kind' | 'workspace' | 'warnings'>
  readonly problem: StoredProblem
  /** What was seen, so that alerts tell of each such thing once. */
  readonly seen: readonly number[]
}

/** Something in another system, with an address where people find it. */
export interface Concerned {
  /** As an action says what it concerns: "ad_account". */
  readonly type: string
  readonly id: string
  readonly name: string
  readonly link: string
}

/** A kind whose parts fit each other, as the registry has all of them. */
export function workflowKind<Inputs, Run extends BareRun>(kind: WorkflowKind<Inputs, Run>): WorkflowKind {
  // Its inputs and its runs come from itself.
  return kind as unknown as WorkflowKind
}

const kinds = new Map<string, WorkflowKind>()

/** Adds an entry to the registry, and answers how to take it out again. A name has one kind. */
export function addKind(kind: WorkflowKind): () => void {
  const known = kinds.get(kind.name)
  if (known === kind) return () => undefined
  if (known !== undefined) throw new TypeError(`there are two workflow kinds "${kind.name}"`)
  kinds.set(kind.name, kind)
  return () => void kinds.delete(kind.name)
}

export function allKinds(): readonly WorkflowKind[] {
  return [...kinds.values()]
}

/** The names of those that send some members only. */
export function sampleKinds(): readonly string[] {
  return allKinds().flatMap(({ name, isSample }) => (isSample === true ? [name] : []))
}

/** The kind of a workflow that is run or changed. Error: `kind_unknown`. */
export function kindOf({ kind }: Pick<Workflow, 'kind'>): WorkflowKind {
  const found = kinds.get(kind)
  if (found === undefined) throw new RollcallError('kind_unknown', { kind })
  return found
}

export function isKnownKind({ kind }: Pick<Workflow, 'kind'>): boolean {
  return kinds.has(kind)
}

/** The kind of a workflow that is only shown or stopped: one that this version does not know has no tasks, and cannot go on. */
export function shownKind({ kind }: Pick<Workflow, 'kind'>): WorkflowKind {
  return kinds.get(kind) ?? { ...unknown, name: kind }
}

const unknown: WorkflowKind = {
  name: '',
  subject: null,
  tasks: [],
  inputs: () => null,
  open: async (_, { workflow: { kind } }) => {
    throw new RollcallError('kind_unknown', { kind })
  },
  offers: async (_, __, actions) => actions.filter((action) => action === 'stop'),
  title: ({ name }) => name ?? 'Workflow',
  text: () => 'Completed',
}

/** What these workflows did, each in the words of its kind, by their ids. */
export async function kindSummaries(
  db: Db,
  workflows: readonly Pick<Workflow, 'id' | 'kind'>[],
): Promise<ReadonlyMap<string, KindSummary>> {
  const all = new Map<string, KindSummary>()
  for (const [kind, own] of Map.groupBy(workflows, shownKind)) {
    const ids = own.map(({ id }) => id)
    for (const [id, summary] of (await kind.summaries?.(db, ids)) ?? []) all.set(id, summary)
  }
  return all
}

/** The names of a kind's stages in the order of their first tasks, each with its tasks in theirs. */
export function stagesOf({
  tasks,
}: WorkflowKind): { readonly stage: string; readonly tasks: readonly string[] }[] {
  return [...Map.groupBy(tasks, ({ stage }) => stage)].map(([stage, own]) => ({
    stage,
    tasks: own.map(({ name }) => name),
  }))
}
