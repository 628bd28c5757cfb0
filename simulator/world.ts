import { Clock } from './clock.ts'
import { Faults } from './faults.ts'
import { Limiter } from './limiter.ts'
import { settingsOf } from './options.ts'
import { readRecords, addAll, removeAll } from './records.ts'
import { timeBound } from './sentinels.ts'
import { State } from './state.ts'
import { Stats } from './stats.ts'
import { Tokens } from './tokens.ts'
import type { Settings, SimulatorOptions } from './options.ts'
import type { Records } from './records.ts'
import type { CustomerList } from './state.ts'

const STRANGERS = 'stranger-1@example.com,stranger-2@example.com,stranger-3@example.com'

/** All parts of one simulator. */
export class World {
  readonly settings: Settings
  readonly clock = new Clock()
  readonly state = new State()
  readonly stats = new Stats()
  readonly faults: Faults
  readonly limiter: Limiter
  readonly tokens: Tokens
  /** How often each write about a list with a sentinel name was made. */
  readonly sentinelWrites = new Map<string, number>()
  readonly #closing = new AbortController()

  constructor(options: SimulatorOptions) {
    this.settings = settingsOf(options)
    this.faults = new Faults(options.faults)
    this.limiter = new Limiter(this.clock, this.settings.limits)
    this.tokens = new Tokens(this.clock, this.settings)
  }

  get closing(): AbortSignal {
    return this.#closing.signal
  }

  close(): void {
    this.#closing.abort()
  }

  /** Everything as after the start, save what is planned to fail: nothing. */
  reset(): void {
    this.clock.reset()
    this.state.reset()
    this.stats.reset()
    this.faults.clear()
    this.faults.injected = 0
    this.limiter.reset()
    this.tokens.reset()
    this.sentinelWrites.clear()
  }

  /** Lets the time-bound sentinels strike whose time has come. */
  settle(): void {
    const nowMs = this.clock.now()
    for (const list of this.state.lists.values()) {
      const event = timeBound(list, nowMs, this.settings.sentinelAfterMs)
      if (event === 'vanish') this.state.lists.delete(list.id)
      if (event !== 'change') continue
      list.isSpent = true
      this.change(list, 'ADD', readRecords(STRANGERS))
    }
  }

  /** One accepted upload: membership is a set, the counters count what was sent. */
  change(list: CustomerList, kind: 'ADD' | 'REMOVE', records: Records): void {
    if (kind === 'ADD') addAll(list.members, records)
    else removeAll(list.members, records)
    list.numBatches += 1
    if (kind === 'ADD') list.numUploaded += records.count
    else list.numRemoved += records.count
    list.updatedMs = this.clock.now()
    this.state.onChange()
  }
}
