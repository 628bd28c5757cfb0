import { readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { request } from 'undici'
import { expect, onTestFinished, test } from 'vitest'
import { makeFolder } from '../support/folder.ts'
import { converse, processesNaming } from '../support/processes.ts'
import type { Conversation } from '../support/processes.ts'

/** What `npm start` runs, as a process of its own: that it shows what it promises, and leaves nothing behind. */

const LONG = 300_000

interface Demo extends Conversation {
  /** Where it puts all that it makes. */
  readonly temp: string
}

async function startDemo(env: Readonly<Record<string, string>>): Promise<Demo> {
  const folder = await makeFolder('demo')
  onTestFinished(folder.remove)
  const demo = converse('bin/rollcall.js', ['start', '--demo'], {
    env: { TMPDIR: folder.dir, ...env },
  })
  return { ...demo, temp: folder.dir }
}

async function readUntil(demo: Demo, pattern: RegExp): Promise<{ text: string; found: string }> {
  let text = ''
  for (;;) {
    const line = await demo.ask()
    text += `${line}\n`
    const found = pattern.exec(line)?.[0]
    if (found !== undefined) return { text, found }
  }
}

/** A port that another program has. */
async function takenPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

async function signIn(address: string): Promise<(path: string) => Promise<unknown>> {
  const { origin, hash } = new URL(address)
  const signedIn = await request(`${origin}/api/v1/sign-in/ticket`, {
    method: 'POST',
    headers: { origin, 'content-type': 'application/json' },
    body: JSON.stringify({ ticket: hash.replace('#ticket=', '') }),
  })
  await signedIn.body.dump()
  const cookie = String(signedIn.headers['set-cookie'])
  expect(cookie).toMatch(/; HttpOnly; SameSite=Strict$/)
  return async (path) => (await request(`${origin}/api/v1${path}`, { headers: { cookie } })).body.json()
}

function isGone({ temp }: Demo): void {
  expect(readdirSync(temp)).toEqual([])
  expect(processesNaming(temp)).toEqual([])
}

test(
  'it shows a list in step, one that waits for a person and one that failed, and ends without a trace',
  async () => {
    const port = await takenPort()
    const demo = await startDemo({
      ROLLCALL_PORT: String(port),
      DATABASE_URL: 'postgres://nobody.invalid/none',
    })
    const { text, found } = await readUntil(demo, /http:\/\/127\.0\.0\.1:\d+\/sign-in#ticket=[\w-]{43}$/)
    expect(new URL(found).port).not.toBe(String(port))
    const told = [...text.matchAll(/ ([\d,]+) members .* local Pinterest has ([\d,]+)/g)]
    expect(told.length).toBeGreaterThan(3)
    for (const [, members, truth] of told) expect(members).toBe(truth)
    const get = await signIn(found)
    const { items } = (await get('/workflows?limit=100')) as {
      items: { name: string; kind: string; state: string; error: { code: string } | null }[]
    }
    const outcomes = items.map(({ name, kind, state, error }) => `${name}: ${kind} ${error?.code ?? state}`)
    expect(new Set(outcomes)).toEqual(
      new Set([
        'Loyal customers (sample): sample succeeded',
        'Loyal customers: sync succeeded',
        'Lapsed customers: sync succeeded',
        'Newsletter subscribers: sync succeeded',
        'Newsletter subscribers: sync large_removal',
        'Best customers, Netherlands: sync not_enough_records',
      ]),
    )
    expect(
      outcomes.filter((outcome) => outcome === 'Loyal customers: sync succeeded').length,
    ).toBeGreaterThan(3)
    // The one that was used is no good any more.
    expect((await readUntil(demo, /http:.*/)).found).not.toBe(found)
    expect(await demo.kill('SIGTERM')).toBe(0)
    isGone(demo)
  },
  LONG,
)

test(
  'Ctrl-C while it starts, told by the terminal and by npm, ends it without a trace too',
  async () => {
    const demo = await startDemo({ ROLLCALL_PORT: '0' })
    await readUntil(demo, /^Starting/)
    const first = demo.kill('SIGINT')
    void demo.kill('SIGINT')
    expect(await first).toBe(0)
    isGone(demo)
  },
  LONG,
)
