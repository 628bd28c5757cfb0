import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { makeFolder } from '../support/folder.ts'
import { CHECKOUT } from '../support/processes.ts'
import type { Ended } from '../support/processes.ts'

/** The machine's own Node, with which a person may start what `npm ci` installed; not the one that the package brings. */
const MACHINE_NODE = '/usr/bin/node'
const NODE_MAJOR = 26
const ENTRY = 'bin/rollcall.js'

function isOlder(): boolean {
  try {
    const version = execFileSync(MACHINE_NODE, ['--version']).toString()
    return Number(/^v(\d+)/.exec(version)?.[1]) < NODE_MAJOR
  } catch {
    return false
  }
}

async function runWithMachineNode(args: readonly string[]): Promise<Ended> {
  const child = spawn(MACHINE_NODE, args, { cwd: '/', env: { PATH: process.env['PATH'] } })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

test('an older Node hands over to the one that the package brings', async ({ skip }) => {
  if (!isOlder()) skip(`${MACHINE_NODE} is not older than Node ${NODE_MAJOR}`)
  const help = await runWithMachineNode([join(CHECKOUT, ENTRY), '--help'])
  expect(help).toMatchObject({ code: 0, stderr: '' })
  expect(help.stdout).toContain('Usage: rollcall')
  const wrong = await runWithMachineNode([join(CHECKOUT, ENTRY), 'snyc'])
  expect(wrong).toMatchObject({ code: 2, stdout: '' })
  expect(wrong.stderr).toMatch(/^✗ .*Did you mean sync/)
})

test('it hands over from a folder whose name has a space and a percent sign', async ({ skip }) => {
  if (!isOlder()) skip(`${MACHINE_NODE} is not older than Node ${NODE_MAJOR}`)
  const folder = await makeFolder('50 % of it')
  onTestFinished(folder.remove)
  await mkdir(join(folder.dir, 'bin'))
  await cp(join(CHECKOUT, ENTRY), join(folder.dir, ENTRY))
  for (const name of ['src', 'node_modules', 'package.json'])
    await symlink(join(CHECKOUT, name), join(folder.dir, name))
  const help = await runWithMachineNode([join(folder.dir, ENTRY), '--help'])
  expect(help).toMatchObject({ code: 0, stderr: '' })
})
