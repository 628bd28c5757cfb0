import { listNotFound } from './errors.ts'
import { describeList } from './customer-lists.ts'
import { readRecords } from './records.ts'
import type { Role } from './seed.ts'
import type { CustomerList } from './state.ts'
import type { CallRecord, StatsReport } from './stats.ts'
import type { World } from './world.ts'

/** A list as tests and people see it, with what the API does not show. */
export interface ListReport {
  readonly id: string
  readonly adAccountId: string
  readonly name: string
  readonly status: string
  /** True members, which the API never tells. */
  readonly members: number
  readonly batches: number
  readonly uploaded: number
  readonly removed: number
}

/** Looks behind the API and acts as everyone but the client under test. */
export class Control {
  readonly #world: World

  constructor(world: World) {
    this.#world = world
  }

  /** All lists, oldest first, or those of one ad account, or those of one name in it. */
  lists(adAccountId?: string, name?: string): ListReport[] {
    this.#world.settle()
    return [...this.#world.state.lists.values()]
      .filter((list) => adAccountId === undefined || list.adAccountId === adAccountId)
      .filter((list) => name === undefined || list.name === name)
      .map((list) => this.#report(list))
  }

  /** True members in parts, ascending hexadecimal text. */
  memberParts(listId: string): Iterable<string[]> {
    return this.#list(listId).members.sorted()
  }

  /** True members, ascending hexadecimal text. */
  members(listId: string): string[] {
    return [...this.memberParts(listId)].flat()
  }

  stats(): StatsReport {
    return this.#world.stats.report(this.#world.limiter.provoked, this.#world.faults.injected)
  }

  /** The last ten thousand calls, oldest first. */
  calls(): CallRecord[] {
    return this.#world.stats.calls()
  }

  /** Everything as after the start, without any fault planned. */
  reset(): void {
    this.#world.reset()
  }

  /** Lets the simulator's time jump. */
  advanceTime(ms: number): void {
    this.#world.clock.advance(ms)
  }

  /** An access token as after a user's consent. */
  accessToken(scope?: string): string {
    return this.#world.tokens.issue(scope).accessToken
  }

  /** Ends all access tokens; refresh tokens live on. */
  expireTokens(): void {
    this.#world.tokens.expireAccess()
  }

  /** Ends all tokens, as when the user takes the access away. */
  revokeTokens(): void {
    this.#world.tokens.revokeAll()
    this.#world.state.onChange()
  }

  /** Lets a list vanish. False where there is none. */
  removeList(listId: string): boolean {
    const gone = this.#world.state.lists.delete(listId)
    this.#world.state.onChange()
    return gone
  }

  /** Someone else uploads: records as the API takes them. */
  changeElsewhere(
    listId: string,
    change: { readonly add?: readonly string[]; readonly remove?: readonly string[] },
  ): void {
    const list = this.#list(listId)
    const { add = [], remove = [] } = change
    if (add.length > 0) this.#world.change(list, 'ADD', readRecords(add.join(',')))
    if (remove.length > 0) this.#world.change(list, 'REMOVE', readRecords(remove.join(',')))
  }

  /** Closes an ad account: no one finds it any more. False where there is none. */
  closeAdAccount(adAccountId: string): boolean {
    const gone = this.#world.state.adAccounts.delete(adAccountId)
    this.#world.state.onChange()
    return gone
  }

  setPermissions(adAccountId: string, permissions: readonly Role[]): void {
    this.#world.state.adAccount(adAccountId).permissions = permissions
    this.#world.state.onChange()
  }

  #list(id: string): CustomerList {
    const list = this.#world.state.lists.get(id)
    if (list === undefined) throw listNotFound()
    return list
  }

  #report(list: CustomerList): ListReport {
    return {
      id: list.id,
      adAccountId: list.adAccountId,
      name: list.name,
      status: String(describeList(this.#world, list)['status']),
      members: list.members.size,
      batches: list.numBatches,
      uploaded: list.numUploaded,
      removed: list.numRemoved,
    }
  }
}
