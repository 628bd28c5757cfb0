import { setTimeout as pause } from 'node:timers/promises'
import { request } from 'undici'
import type { ErrorBody } from '../../server/errors.ts'

/** The API as the console uses it: signed in with a ticket, over HTTP. */
export interface DemoClient {
  /** The id of what was made. */
  readonly create: (path: string, body: object) => Promise<string>
  readonly post: <T = unknown>(path: string, body?: object) => Promise<T>
  /** Starts a run or a sample of an orchestration, and gives what became of it. */
  readonly run: (orchestration: string, body?: object) => Promise<Outcome>
}

export interface Outcome {
  readonly state: string
  readonly rows: { readonly members: number }
  readonly changes: { readonly added: number; readonly removed: number }
  readonly error: { readonly message: string } | null
}

const ASK_AGAIN_MS = 80

export async function signInDemo(url: string, ticket: string, signal: AbortSignal): Promise<DemoClient> {
  const send = async (method: 'GET' | 'POST', path: string, body?: object, cookie = '') => {
    const answer = await request(`${url}/api/v1${path}`, {
      method,
      headers: { origin: url, cookie, 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
      signal,
    })
    const value = await answer.body.json()
    if (answer.statusCode >= 400) throw new Error(`${method} ${path}: ${(value as ErrorBody).error.message}`)
    return { headers: answer.headers, value }
  }
  const { headers } = await send('POST', '/sign-in/ticket', { ticket })
  const cookie = String(headers['set-cookie'])
  const ask = async <T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T> =>
    (await send(method, path, body, cookie)).value as T
  return {
    create: async (path, body) => (await ask<{ id: string }>('POST', path, body)).id,
    post: (path, body) => ask('POST', path, body),
    run: async (orchestration, body) => {
      const how = body === undefined ? 'run' : 'sample'
      const { workflow } = await ask<{ workflow: string }>(
        'POST',
        `/orchestrations/${orchestration}/${how}`,
        body,
      )
      for (;;) {
        const outcome = await ask<Outcome>('GET', `/workflows/${workflow}`)
        if (!['scheduled', 'running'].includes(outcome.state)) return outcome
        await pause(ASK_AGAIN_MS, undefined, { signal })
      }
    },
  }
}
