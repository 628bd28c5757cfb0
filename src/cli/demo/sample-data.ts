import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { AD_ACCOUNTS } from '../../../simulator/main.ts'
import type { Simulator } from '../../../simulator/main.ts'
import { changeShop, generateShop } from '../../../simulator/shop.ts'
import type { ShopOptions } from '../../../simulator/shop.ts'
import type { DemoClient } from './demo-client.ts'

/** What the demo configures, each thing through the API as a person would. */

export const CUSTOMERS = 40_000

const customers: ShopOptions = { customers: CUSTOMERS, seed: 1 }
const subscribers: ShopOptions = { customers: 9_000, seed: 2 }

export interface SampleData {
  /** Orchestrations by what they are there to show. */
  readonly loyal: string
  readonly lapsed: string
  readonly newsletter: string
  readonly netherlands: string
  /** Writes a later export of all customers, or of the subscribers. */
  readonly exportCustomers: (change: Change) => Promise<void>
  readonly exportSubscribers: (change: Change) => Promise<void>
}

interface Change {
  readonly joined: number
  readonly left: number
}

/** Errors: those of the API, as texts. */
export async function makeSampleData(
  client: DemoClient,
  folder: string,
  app: Simulator['app'],
): Promise<SampleData> {
  const files = join(folder, 'exports')
  await mkdir(files)
  const write = (name: string, shop: ShopOptions) =>
    pipeline(Readable.from(generateShop(shop)), createWriteStream(join(files, name)))
  await Promise.all([write('customers.csv', customers), write('newsletter.csv', subscribers)])

  const credentialId = await client.create('/credentials', {
    name: 'Northwind Outdoor',
    description: 'The marketing team authorized it.',
    appId: app.id,
    appSecret: app.secret,
    refreshToken: app.refreshToken,
  })
  const destinationId = await client.create('/destinations', {
    name: 'Pinterest US',
    description: 'The ad account of the shop.',
    credentialId,
    adAccountId: AD_ACCOUNTS.owned,
  })
  const source = (name: string, file: string): Promise<string> =>
    client.create('/data-sources', { kind: 'files', name, folder: files, files: [file] })
  const [shop, newsletter] = await Promise.all([
    source('Shop exports', 'customers.csv'),
    source('Newsletter exports', 'newsletter.csv'),
  ])

  const draft = (name: string, dataSourceId: string, sql: string): Promise<string> =>
    client.create('/queries', { name, dataSourceId, draft: { sql } })
  const activeQuery = async (name: string, dataSourceId: string, sql: string): Promise<string> => {
    const id = await draft(name, dataSourceId, sql)
    await client.post(`/queries/${id}/activate`, { version: 1 })
    return id
  }
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
  const made = async (name: string, from: string, sql: string, cron: string): Promise<string> =>
    client.create('/orchestrations', {
      name,
      queryId: await activeQuery(name, from, sql),
      destinationId,
      listName: name,
      automatic: true,
      cron,
      timeZone,
    })

  const [loyal, lapsed, subscribed, netherlands] = await Promise.all([
    made('Loyal customers', shop, LOYAL, '30 2 * * *'),
    made('Lapsed customers', shop, LAPSED, '0 4 * * 1'),
    made('Newsletter subscribers', newsletter, SUBSCRIBERS, '0 5 * * *'),
    made('Best customers, Netherlands', shop, NETHERLANDS, '0 3 * * *'),
    draft('Customers of last summer', shop, LAST_SUMMER),
  ])
  return {
    loyal,
    lapsed,
    newsletter: subscribed,
    netherlands,
    exportCustomers: (change) => write('customers.csv', changeShop(customers, change)),
    exportSubscribers: (change) => write('newsletter.csv', changeShop(subscribers, change)),
  }
}

/** Some exports hold hashes among the addresses; only the lapsed customers are not asked for better, and warned of. */
const LOYAL = "SELECT email\nFROM input\nWHERE total_spent >= 250\n  AND email LIKE '%@%'"
const LAPSED = "SELECT email\nFROM input\nWHERE last_order < DATE '2025-03-01'"
const NETHERLANDS =
  "SELECT email\nFROM input\nWHERE country = 'NL'\n  AND total_spent >= 1890\n  AND email LIKE '%@%'"
const SUBSCRIBERS = "SELECT email\nFROM input\nWHERE email LIKE '%@%'"
const LAST_SUMMER =
  "SELECT email\nFROM input\nWHERE last_order BETWEEN DATE '2026-06-01' AND DATE '2026-08-31'"
