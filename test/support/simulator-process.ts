import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { request } from 'undici'
import { DEMO_APP } from '../../simulator/main.ts'
import type { ListReport } from '../../simulator/main.ts'
import { CHECKOUT } from './processes.ts'

/** The simulator in a process of its own, as a person starts it, steered over its control API. */
export interface SimulatorProcess {
  readonly url: string
  readonly app: typeof DEMO_APP
  readonly lists: () => Promise<ListReport[]>
  readonly setPermissions: (adAccountId: string, permissions: readonly string[]) => Promise<void>
  readonly removeList: (id: string) => Promise<void>
  readonly close: () => Promise<void>
}

export async function startSimulatorProcess(): Promise<SimulatorProcess> {
  const args = [join(CHECKOUT, 'bin/rollcall.js'), 'simulator', '--port', '0', '--json']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  const { url, control } = JSON.parse(line) as { url: string; control: string }
  const call = async (method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<string> => {
    const response = await request(control + path, {
      method,
      headers: { 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    })
    if (response.statusCode >= 300) throw new Error(`${method} ${path}: ${response.statusCode}`)
    return response.body.text()
  }
  return {
    url,
    app: DEMO_APP,
    lists: async () => (JSON.parse(await call('GET', '/lists')) as { items: ListReport[] }).items,
    setPermissions: async (id, permissions) => {
      await call('POST', `/ad_accounts/${id}/permissions`, { permissions })
    },
    removeList: async (id) => {
      await call('DELETE', `/customer_lists/${id}`)
    },
    close: async () => {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}
