import type { Client, Ids } from './support.ts'

/** What a person changes to resolve a failed workflow, through the API. */

export async function setRefreshToken(client: Client, credential: string, token: string): Promise<void> {
  const { version } = await client.ok<{ version: number }>('GET', `/credentials/${credential}`)
  await client.ok('PATCH', `/credentials/${credential}`, { version, refreshToken: token })
}

/** Edits the query and activates it. */
export async function activate(client: Client, { query }: Ids, sql: string): Promise<void> {
  const { version } = await client.ok<{ version: number }>('GET', `/queries/${query}`)
  await client.ok('PATCH', `/queries/${query}`, { version, draft: { sql } })
  await client.ok('POST', `/queries/${query}/activate`, { version: version + 1 })
}

export async function setThresholds(client: Client, { query }: Ids, thresholds: object): Promise<void> {
  const { version } = await client.ok<{ version: number }>('GET', `/queries/${query}`)
  await client.ok('PATCH', `/queries/${query}`, { version, thresholds })
}

export async function edit(
  client: Client,
  path: `/destinations/${string}` | `/orchestrations/${string}`,
  changed: object,
): Promise<void> {
  const { version } = await client.ok<{ version: number }>('GET', path)
  await client.ok('PATCH', path, { version, ...changed })
}
