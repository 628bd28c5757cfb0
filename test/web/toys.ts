import { expect } from 'vitest'
import { createApiKey } from '../../src/access/api-keys.ts'
import { localActor } from '../../src/access/activity.ts'
import type { Client } from '../server/support.ts'
import { runHere } from '../support/command-line.ts'
import type { Console } from './console.ts'

/** What the tests of a toy type of data source and of a toy kind of destination share. */

/** Runs a command of an operator in the folder `cwd`. It prints none of the secrets, which its environment holds. */
export async function runAsOperator(
  { service, url }: Console,
  { cwd, secrets }: { readonly cwd: string; readonly secrets: Readonly<Record<string, string>> },
  args: readonly string[],
): Promise<string> {
  const { token } = await createApiKey(
    { ...service.platform, actor: localActor },
    { name: crypto.randomUUID(), policies: ['datagrid_operator'], options: [], expiresAt: null },
  )
  const env = { ...secrets, ROLLCALL_URL: url, ROLLCALL_API_KEY: token, ROLLCALL_HOME: '/dev/null' }
  const { code, stdout, stderr } = await runHere(args, { cwd, env })
  for (const secret of Object.values(secrets)) expect(`${stdout}${stderr}`).not.toContain(secret)
  return `${code} ${stdout}${stderr}`
}

/** The message of the error that a request ends with. */
export async function messageOf(client: Client, method: string, path: string, body: object): Promise<string> {
  const answer = await client.request<{ error?: { message: string } }>(method, path, body)
  return answer.body.error?.message ?? 'no error'
}
