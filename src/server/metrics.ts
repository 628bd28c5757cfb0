import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Kysely } from 'kysely'
import type { Tables } from '../store/schema.ts'
import { allDestinationKinds } from '../destinations/registry.ts'

export interface Metrics {
  readonly request: (operation: string, status: number, ms: number) => void
  /** All figures in the text format of Prometheus. Counts of workflows are read from the database now. */
  readonly text: () => Promise<string>
  readonly contentType: string
}

const SECONDS_BUCKETS = [0.005, 0.02, 0.05, 0.1, 0.25, 1, 5, 30]

/** The figures of one process. Names of customers, lists or people are in none of them. */
export function createMetrics(db: Kysely<Tables>): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const requests = new Counter({
    name: 'rollcall_requests_total',
    help: 'Requests to the API.',
    labelNames: ['operation', 'status'],
    registers: [registry],
  })
  const seconds = new Histogram({
    name: 'rollcall_request_seconds',
    help: 'Time to answer a request to the API.',
    labelNames: ['operation'],
    buckets: SECONDS_BUCKETS,
    registers: [registry],
  })
  const workflows = new Gauge({
    name: 'rollcall_workflows',
    help: 'Workflows by state.',
    labelNames: ['state'],
    registers: [registry],
  })
  for (const { name, help, value } of allDestinationKinds().flatMap(({ gauges = [] }) => gauges)) {
    const registers = [registry]
    // oxlint-disable-next-line no-new -- its registry reads it
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        this.set(await value(db))
      },
    })
  }
  return {
    request: (operation, status, ms) => {
      requests.inc({ operation, status: String(status) })
      seconds.observe({ operation }, ms / 1000)
    },
    contentType: registry.contentType,
    text: async () => {
      const rows = await db
        .selectFrom('workflow')
        .select(['state', (eb) => eb.fn.countAll<number>().as('count')])
        .groupBy('state')
        .execute()
      workflows.reset()
      for (const { state, count } of rows) workflows.set({ state }, count)
      return registry.metrics()
    },
  }
}
