import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createProgram } from '../../src/cli/main.ts'
import { operations } from '../../src/cli/resource.ts'
import { isResource } from '../../src/server/resources.ts'
import { runHere } from '../support/command-line.ts'
import { makeFolder } from '../support/folder.ts'

/** With ROLLCALL_URL set, each command talks to that server or says that it does not. None works on this machine without a word. */

/** Nothing here can be opened, and nothing answers at port 1. */
const env = {
  ROLLCALL_HOME: '/dev/null',
  DATABASE_URL: 'nonsense',
  ROLLCALL_URL: 'http://127.0.0.1:1',
  ROLLCALL_API_KEY: 'rk_nothing',
}

/** What a command needs besides its name. */
const needed: Readonly<Record<string, readonly string[]>> = {
  plan: ['--from', 'x.csv', '--ad-account', '1', '--list', 'VIP'],
  sync: ['--from', 'x.csv', '--ad-account', '1', '--list', 'VIP'],
  run: ['wf_1'],
  resolve: ['wf_1', 'retry'],
  apply: ['--file', 'empty.yaml'],
  start: ['--port', '0'],
  server: ['--port', '0'],
  simulator: ['--port', '0'],
}

const local = new Set([
  'start',
  'server',
  'worker',
  'plan',
  'sync',
  'runs',
  'run',
  'status',
  'limits',
  'simulator',
])
const commands = createProgram()
  .commands.map((command) => command.name())
  .filter((name) => name !== 'help')

test('each command either talks to the server of ROLLCALL_URL or refuses it', async () => {
  const listed = operations()
    .filter(({ id }) => id.endsWith('.list'))
    .map(({ id }) => id.split('.')[0] ?? '')
  const lines = [
    ...commands.map((name) => [name, ...(needed[name] ?? [])]),
    ...listed.filter(isResource).map((name) => [name, 'list']),
  ]
  const folder = await makeFolder('nothing')
  onTestFinished(folder.remove)
  await writeFile(join(folder.dir, 'empty.yaml'), 'version: 1\n')
  const seen: Record<string, string> = {}
  for (const args of lines) {
    const { code, stdout, stderr } = await runHere(args, { env, cwd: folder.dir })
    const isRefused = stderr.includes('ROLLCALL_URL names a server')
    const isAsked = stderr.includes('http://127.0.0.1:1 cannot be reached')
    seen[args[0] ?? ''] = isRefused ? `refuses ${code}` : isAsked ? `asks ${code}` : stdout + stderr
  }
  const own = commands.map((name) => [name, local.has(name) ? 'refuses 2' : 'asks 1'])
  const resources = listed.filter(isResource).map((name) => [name, 'asks 1'])
  expect(seen).toEqual(Object.fromEntries([...own, ...resources]))
})

test('one that refuses names the command that talks to the server, where there is one', async () => {
  const { stderr } = await runHere(['runs'], { env })
  expect(stderr).toBe(
    '✗ `rollcall runs` works on this machine only, and ROLLCALL_URL names a server. Use `rollcall workflows list`, or unset ROLLCALL_URL.\n',
  )
})
