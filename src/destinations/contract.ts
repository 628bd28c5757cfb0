import type { z } from 'zod'
import type { PinterestClient } from '../pinterest/client.ts'
import type { Declared, Settings } from '../sources/contract.ts'
import type { Check } from './checks.ts'

/**
 * What a kind of destination says of itself. The API, the configuration document, the command line and the console are made from it: a
 * kind is a folder beside this file whose `destination-kind.ts` exports one such object as `destinationKind`. Its fields are those of
 * types of data sources: what is not declared as shown is secret. Its facts are what its check finds.
 */
export interface DestinationKind extends Declared {
  /** What it does, in a sentence for people who choose where to send to. */
  readonly about: string
  /** It is meant where no kind is named, as before there were several. One kind says so. */
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
