import type { Kysely, Selectable } from 'kysely'
import type { z } from 'zod'
import type { Sealer } from '../access/seal.ts'
import type { ActionName } from '../base/catalogue.ts'
import type { LimitName, Limits } from '../base/limits.ts'
import type { Engine } from '../engines/contract.ts'
import type { PinterestClient } from '../pinterest/client.ts'
import type { Declared, Field, Settings } from '../sources/contract.ts'
import type { SavedSource } from '../sources/from.ts'
import type { ShownTarget } from '../objects/orchestration.ts'
import type { QueryText, Thresholds } from '../objects/query.ts'
import type { OrchestrationTable, Tables } from '../store/schema.ts'
import type { WorkspaceTx } from '../store/workspace.ts'
import type { WorkflowKind } from '../workflow/kind.ts'
import type { Check } from './checks.ts'

/**
 * What a kind of destination says of itself. The API, the configuration document, the command line and the console are made from it: a
 * kind is a folder beside this file whose `destination-kind.ts` exports one such object as `destinationKind`. Its fields are those of
 * types of data sources: what is not declared as shown is secret. Its facts are what its check finds.
 */
export interface DestinationKind extends Declared {
  /** What it does, in a sentence for people who choose where to send to. */
  readonly about: string
  /** The default where a request names no kind. Exactly one kind sets this. */
  readonly isStandard?: true
  /** The place that everything sent to it goes to, as the other system knows it, from settings and facts. */
  place(settings: Settings): Place
  /** What the API answers besides, as it did before there were kinds. */
  readonly also?: {
    readonly shape: Readonly<Record<string, z.ZodType>>
    of(settings: Settings): Readonly<Record<string, unknown>>
  }
  /** Asks the other system whether it accepts the settings, before they are saved. Error: `DestinationRefused`. */
  check(asked: Asked): Promise<Checked>
  /** What its orchestrations take in addition to what all of them have. */
  readonly orchestration: OrchestrationOptions
  /** What its orchestrations write to by a name of their own; null for a kind that knows no such thing. */
  readonly target: TargetKind | null
  /** The kinds of its workflows, which are known with it. */
  readonly workflows: readonly WorkflowKind[]
  /** The ways to start a workflow in addition to a plain run. */
  readonly ways: readonly Way[]
  /** Of how many members a sample should be, and what fewer of them do not make, in a whole sentence. */
  readonly sample?: { readonly members: LimitName; readonly hint: (members: number) => string }
  /** Begins a workflow of one of its orchestrations, in the transaction that records it. Error: `name_taken` for what has another owner. */
  begin(tx: WorkspaceTx, asked: Begin): Promise<Begun>
  /** Deletes what the engine keeps here of its work that has ended or goes on elsewhere, unless it is younger than `ageMs`. */
  readonly sweep?: (engine: Engine, db: Kysely<Tables>, ageMs: number) => Promise<void>
  /** What the service measures of it. */
  readonly gauges?: readonly Measured[]
}

export interface OrchestrationOptions {
  /** Options by their names, in the order in which a person fills them in. Each may be left out. None is secret. */
  readonly fields: Readonly<Record<string, Option>>
  /** The limits that an orchestration may set for its own runs, in the order of the form. */
  readonly limits: Readonly<Partial<Record<LimitName, OwnLimit>>>
}

export type Option = Field & { readonly isShown: true }

/** What the form calls a limit, and says of it in whole sentences. */
export interface OwnLimit {
  readonly label: string
  readonly hint: string
}

/** A number that monitoring reads. The name of no customer, list or person is in it. */
export interface Measured {
  /** As Prometheus has it: "rollcall_members_told". */
  readonly name: string
  /** In a sentence. */
  readonly help: string
  readonly value: (db: Kysely<Tables>) => Promise<number>
}

/** `review`: it waits for a person before anything is sent. `sample`: it sends some members only. */
export type Way = 'review' | 'sample'

/** What an orchestration writes to at its destination's place, such as a customer list of an ad account. */
export interface TargetKind {
  /** "customer list" */
  readonly noun: string
  /** What the form calls its name, and says of it. */
  readonly label: string
  readonly hint: string
  /** Its place in words: "this ad account". */
  readonly where: string
  readonly nameCharsMax: LimitName
  /**
   * From the settings that are shown, since it is stored in clear. Two with one key are the same, and have one owner, since two queries
   * would undo each other's work.
   */
  key(settings: Settings, name: string): string
  /** For a kind that keeps a row of its own besides: the id of both, made when they are not there yet. Settings are those that are shown. */
  open?(db: Kysely<Tables>, settings: Settings, name: string): Promise<string>
  /** What orchestrations to these show of them, by their ids; without this, nothing. */
  readonly shown?: (db: Kysely<Tables>, ids: readonly string[]) => Promise<ReadonlyMap<string, ShownTarget>>
}

export interface Begin {
  readonly orchestration: Selectable<OrchestrationTable>
  /** What its kind declares for orchestrations, with what stands for that which is left out. */
  readonly options: Settings
  /** What it writes to; null for a kind that knows no such thing. */
  readonly target: { readonly id: string; readonly name: string } | null
  /** Its settings, secrets included. */
  readonly destination: { readonly settings: Settings; readonly limits: Partial<Limits> }
  /** Only so many members; null for all. */
  readonly sampleMembers: number | null
  readonly review: boolean
  /** The action of an earlier one that asks for it; null for a plain start. */
  readonly action: ActionName | null
  readonly sealer: Sealer
}

export interface Begun {
  /** A name of its kind's workflows. */
  readonly kind: string
  readonly subject: string | null
  /** What people know it by. */
  readonly name: string
  /** Its options as they are stored. */
  inputs(read: Read): (workflowId: string) => Record<string, unknown>
}

/** What a workflow reads. */
export interface Read {
  readonly from: SavedSource
  readonly text: QueryText
  readonly query: { readonly name: string; readonly thresholds: Thresholds }
}

export interface Place {
  readonly id: string
  readonly name: string
}

/** What a check gets: settings without a problem, secrets included. */
export interface Asked<S = Settings> {
  readonly settings: S
  /** The name of the destination's credential. */
  readonly credential: string
  /** Calls Pinterest with the destination's credential while a person waits. */
  readonly withPinterest: <T>(work: (pinterest: PinterestClient) => Promise<T>) => Promise<T>
  readonly signal: AbortSignal
}

export interface Checked {
  /** By the names that the kind declares. */
  readonly facts: Readonly<Record<string, string>>
  readonly checks: readonly Check[]
}
