import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import { expect, onTestFinished, test, vi } from 'vitest'
import { sendWebhook } from '../../src/notify/alert-senders.ts'
import { webhookHosts } from '../../src/notify/webhook-hosts.ts'
import { startReceiver } from './receivers.ts'

const webhook = { id: 'workflow_failed.wf_1.1764000000000', body: '{}' }

/** What a name server of strangers may answer for a name of theirs: this machine. Gives the names that were looked up. */
function leadingHere(): string[] {
  const looked: string[] = []
  const answer = (
    name: string,
    { all = false }: dns.LookupOptions,
    callback: (...found: unknown[]) => void,
  ) => {
    looked.push(name)
    if (all) callback(null, [{ address: '127.0.0.1', family: 4 }])
    else callback(null, '127.0.0.1', 4)
  }
  // Connections look names up with the same function when they are given no other.
  const system = vi.spyOn(dns, 'lookup').mockImplementation(answer as unknown as typeof dns.lookup)
  syncBuiltinESMExports()
  onTestFinished(() => {
    system.mockRestore()
    syncBuiltinESMExports()
  })
  return looked
}

test('a webhook connects to the address that its name led to and that was checked, and looks it up once', async () => {
  const { url, posts } = await startReceiver((response) => response.end())
  const looked = leadingHere()
  const target = url.replace('127.0.0.1', 'hooks.example.com')
  const send = async (listed: string) =>
    sendWebhook(target, 'whsec_of-the-tests-only', webhook, {
      timeoutMs: 10_000,
      hosts: webhookHosts(listed),
      env: {},
    })
  await expect(send('')).rejects.toMatchObject({ code: 'alert_not_delivered' })
  expect(posts).toEqual([])
  await send('127.0.0.0/8')
  expect(posts).toHaveLength(1)
  expect(looked).toEqual(['hooks.example.com', 'hooks.example.com'])
})
