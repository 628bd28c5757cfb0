import { chmod, chown, mkdir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isRoot, NOBODY } from '../support/processes.ts'
import { attached, serversOf, testFolder } from './support.ts'

async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777
}

describe.runIf(isRoot)('started as root', () => {
  test('the data belong to another user, who may pass through the folder but not read it', async () => {
    const dir = await testFolder('root')
    const home = join(dir, 'sub', 'deep')
    const one = await attached(home)
    expect(await one.ask('sql select 1 as n')).toBe('[{"n":1}]')
    await one.ask('close')
    expect((await stat(join(home, 'postgres'))).uid).not.toBe(0)
    expect(await modeOf(join(home, 'postgres'))).toBe(0o700)
    expect(await modeOf(join(home, 'ledger'))).toBe(0o700)
    expect(await modeOf(home)).toBe(0o711)
    expect(await modeOf(dir)).toBe(0o700)
    expect(serversOf(home)).toEqual([])
  })

  test('a folder of an ordinary user stays theirs', async () => {
    const dir = await testFolder('user')
    await chmod(dir, 0o711)
    const home = join(dir, 'home')
    await mkdir(home, { mode: 0o700 })
    await chown(home, NOBODY, NOBODY)
    const theirs = await attached(home, { uid: NOBODY })
    const ours = await attached(home)
    expect(await ours.ask('sql select 1 as n')).toBe('[{"n":1}]')
    await theirs.ask('close')
    await ours.ask('close')
    const again = await attached(home, { uid: NOBODY })
    await again.ask('close')
    const owners = await Promise.all(
      (await readdir(home)).map(async (name) => (await stat(join(home, name))).uid),
    )
    expect(new Set(owners)).toEqual(new Set([NOBODY]))
    expect(await modeOf(home)).toBe(0o700)
    expect(serversOf(home)).toEqual([])
  })
})
