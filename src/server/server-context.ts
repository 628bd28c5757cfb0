import type { Principal } from '../access/permissions.ts'
import type { Tickets } from '../access/tickets.ts'
import type { Platform } from '../platform/open.ts'
import type { ProxySettings } from './client-address.ts'
import type { AlertQueue } from '../notify/late-warning.ts'
import type { WorkflowQueue } from '../runs/schedule-now.ts'
import type { DeliverySettings } from '../notify/deliver-alert.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { Feed } from './feed.ts'

/** What the routes of the API stand on. */
export interface ServerContext {
  readonly platform: Platform
  readonly queue: WorkflowQueue & AlertQueue
  readonly log: Log
  readonly metrics: Metrics
  readonly feed: Feed
  /** How alerts are delivered when a person tests one. */
  readonly delivery: DeliverySettings
  /** Where people reach this server, without a slash at the end; links in answers begin with it. */
  readonly publicUrl: string
  /** The address that this server listens on, as it was given; null without a socket, and then every name is answered to. */
  readonly host: string | null
  /** Further names that it answers to, from `ROLLCALL_HOSTS`. */
  readonly names?: readonly string[]
  readonly proxies: ProxySettings
  /** Who asks when no sign-in is needed: the command line on the machine itself. Null for a server. */
  readonly principal: Principal | null
  /** This is the demo, which people enter with a ticket; null for a real service. */
  readonly demo: { readonly tickets: Tickets } | null
  /** Aborts when the server ends, so that streams do. */
  readonly closing: AbortSignal
}
