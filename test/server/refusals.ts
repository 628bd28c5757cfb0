import { expect } from 'vitest'
import type { Client } from './support.ts'

/** Requests that are refused, and queries to try them with. */

export interface Failure {
  readonly error: { readonly code: string; readonly message: string }
}

/** The message of an answer that must have failed with this code. */
export async function refusalOf(
  client: Client,
  method: string,
  path: string,
  body: unknown,
  code = 'request_invalid',
): Promise<string> {
  const { status, body: answer } = await client.request<Failure>(method, path, body)
  expect(answer.error?.code, `${status} ${JSON.stringify(answer)}`).toBe(code)
  return answer.error.message
}

/** What was logged of requests that a defect stopped. */
export function defectsIn(log: string): string[] {
  return log.split('\n').filter((line) => line.includes('a defect stopped'))
}

let made = 0
/** A name that no other has. */
export const fresh = (): string => `bad input ${(made += 1)}`

/** A query whose draft is this. */
export async function makeQuery(
  client: Client,
  dataSourceId: string,
  text: string,
  more: object = {},
): Promise<string> {
  const draft = { sql: text, ...more }
  return (await client.ok<{ id: string }>('POST', '/queries', { name: fresh(), dataSourceId, draft })).id
}
