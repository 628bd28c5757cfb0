import { adAccountNotFound } from './errors.ts'
import { MemberSet } from './members.ts'
import { seededAdAccounts } from './seed.ts'
import type { AdAccount } from './seed.ts'

export interface CustomerList {
  readonly id: string
  readonly adAccountId: string
  readonly name: string
  readonly members: MemberSet
  readonly createdMs: number
  updatedMs: number
  numBatches: number
  numUploaded: number
  numRemoved: number
  /** Its time-bound sentinel has struck. */
  isSpent: boolean
}

export interface Audience {
  readonly id: string
  readonly adAccountId: string
  readonly customerListId: string
  readonly createdMs: number
  updatedMs: number
  name: string
  description: string | null
}

const FIRST_LIST_ID = 2_542_620_630_000
const FIRST_AUDIENCE_ID = 2_543_730_640_000

/** Everything the simulated service remembers about ad accounts, lists and audiences. */
export class State {
  adAccounts = new Map<string, AdAccount>()
  /** By id, in the order of creation, which is that of the ids. */
  lists = new Map<string, CustomerList>()
  audiences = new Map<string, Audience>()
  lastListId = FIRST_LIST_ID
  lastAudienceId = FIRST_AUDIENCE_ID
  /** Called after every change. */
  onChange: () => void = () => {}

  constructor() {
    this.reset()
  }

  reset(): void {
    this.adAccounts = new Map(seededAdAccounts().map((account) => [account.id, account]))
    this.lists = new Map()
    this.audiences = new Map()
    this.lastListId = FIRST_LIST_ID
    this.lastAudienceId = FIRST_AUDIENCE_ID
    this.onChange()
  }

  adAccount(id: string): AdAccount {
    const account = this.adAccounts.get(id)
    if (account === undefined) throw adAccountNotFound()
    return account
  }

  listOf(adAccountId: string, id: string): CustomerList | undefined {
    const list = this.lists.get(id)
    return list?.adAccountId === adAccountId ? list : undefined
  }

  listsOf(adAccountId: string): CustomerList[] {
    return [...this.lists.values()].filter((list) => list.adAccountId === adAccountId)
  }

  audienceOf(adAccountId: string, id: string): Audience | undefined {
    const audience = this.audiences.get(id)
    return audience?.adAccountId === adAccountId ? audience : undefined
  }

  audiencesOf(adAccountId: string): Audience[] {
    return [...this.audiences.values()].filter((audience) => audience.adAccountId === adAccountId)
  }

  /** A new list without members and without a batch. Later lists have higher ids. */
  createList(adAccountId: string, name: string, nowMs: number): CustomerList {
    this.lastListId += 7
    const list: CustomerList = {
      id: String(this.lastListId),
      adAccountId,
      name,
      members: new MemberSet(),
      createdMs: nowMs,
      updatedMs: nowMs,
      numBatches: 0,
      numUploaded: 0,
      numRemoved: 0,
      isSpent: false,
    }
    this.lists.set(list.id, list)
    return list
  }

  createAudience(
    wanted: Pick<Audience, 'adAccountId' | 'customerListId' | 'name' | 'description'>,
    nowMs: number,
  ): Audience {
    this.lastAudienceId += 7
    const audience: Audience = {
      ...wanted,
      id: String(this.lastAudienceId),
      createdMs: nowMs,
      updatedMs: nowMs,
    }
    this.audiences.set(audience.id, audience)
    this.onChange()
    return audience
  }
}
