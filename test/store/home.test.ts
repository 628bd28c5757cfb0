import { chmod, chown, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { loadLimits, openHome, parseLimits } from '../../src/store/home.ts'
import { isRoot, NOBODY } from '../support/processes.ts'
import { attach, testFolder } from './support.ts'

const open = (dir: string) => openHome({ ROLLCALL_HOME: dir })

/** Root may write everywhere, so another user tries. */
async function openAsOrdinaryUser(dir: string): Promise<string> {
  return attach(dir, isRoot ? { uid: NOBODY } : {}).ask()
}

test('a folder that cannot be written to is refused by name', async () => {
  const dir = await testFolder('home')
  if (isRoot) await chown(dir, NOBODY, NOBODY)
  await chmod(dir, 0o500)
  const answer = await openAsOrdinaryUser(dir)
  expect(answer).toContain('error home_not_writable')
  expect(answer).toContain(`${dir}: this user may not write to it`)
})

test('a folder that cannot be made is refused by name', async () => {
  const dir = await testFolder('home')
  await chmod(dir, 0o500)
  if (isRoot) await chown(dir, NOBODY, NOBODY)
  expect(await openAsOrdinaryUser(join(dir, 'inner'))).toContain('error home_not_writable')
})

test('a file in place of the folder, or on the way to it, is refused', async () => {
  const file = join(await testFolder('home'), 'file')
  await writeFile(file, '')
  await expect(open(file)).rejects.toMatchObject({ code: 'home_not_writable' })
  await expect(open(join(file, 'inner'))).rejects.toMatchObject({ code: 'home_not_writable' })
})

test('a folder below one that takes no folders is refused, and not tried for ever', async ({ skip }) => {
  if (process.platform !== 'linux') skip('only Linux has /proc')
  // In a process of its own: one that spins can only be killed.
  for (const dir of ['/proc/rollcall', '/proc/rollcall/home', '/proc/self/task/home'])
    expect(await attach(dir).ask()).toContain(`error home_not_writable Data folder not writable: ${dir}: `)
})

test('a link that leads nowhere is refused', async () => {
  const link = join(await testFolder('home'), 'link')
  await symlink(`${link}-gone`, link)
  await expect(open(link)).rejects.toMatchObject({ code: 'home_not_writable' })
  await expect(open(join(link, 'inner'))).rejects.toMatchObject({ code: 'home_not_writable' })
})

test('all folders on the way are made, for this user alone, by any number of processes at once', async () => {
  const dir = join(await testFolder('home'), 'a', 'b', 'c')
  await Promise.all([open(dir), open(dir), open(dir)])
  expect((await stat(join(dir, '..'))).mode & 0o777).toBe(0o700)
  expect((await stat(join(dir, 'work'))).mode & 0o777).toBe(0o700)
})

test('a folder of a newer version is refused and left alone', async () => {
  const dir = await testFolder('home')
  await open(dir)
  await writeFile(join(dir, 'version'), '2\n')
  await expect(open(dir)).rejects.toMatchObject({ code: 'home_too_new' })
  expect(await readFile(join(dir, 'version'), 'utf8')).toBe('2\n')
})

test.each(['junk', '1.5', '1x', '\0\0'])(
  'a version that was not written by us does not pass for this one: %j',
  async (text) => {
    const dir = await testFolder('home')
    await writeFile(join(dir, 'version'), text)
    await expect(open(dir)).rejects.toMatchObject({ code: 'home_too_new' })
  },
)

test('settings take the place of defaults', async () => {
  const home = await open(await testFolder('home'))
  expect(await loadLimits(home)).toEqual(defaultLimits)
  await writeFile(home.settingsFile, '{"batchSize": 5000}')
  expect(await loadLimits(home)).toEqual({ ...defaultLimits, batchSize: 5000 })
})

test('settings that cannot be read are refused', async () => {
  const home = await open(await testFolder('home'))
  await mkdir(home.settingsFile)
  await expect(loadLimits(home)).rejects.toMatchObject({
    message: expect.stringContaining(home.settingsFile) as string,
  })
})

test.each([
  ['{"batchSiez": 5}', 'there is no limit "batchSiez". Did you mean "batchSize"?'],
  ['{"xyzzyxyzzy": 5}', 'there is no limit "xyzzyxyzzy". rollcall limits'],
  ['{"toString": 5}', 'there is no limit "toString"'],
  ['{"__proto__": 5}', 'there is no limit "__proto__"'],
  ['{"batchSize": 0}', '"batchSize" takes a whole number from 1 to 100000'],
  ['{"batchSize": 100001}', '"batchSize" takes a whole number'],
  ['{"batchSize": 1.5}', '"batchSize" takes a whole number'],
  ['{"batchSize": "5"}', '"batchSize" takes a whole number'],
  ['{"batchSize": null}', '"batchSize" takes a whole number'],
  ['{"batchSize": 5', 'is not valid JSON'],
  ['', 'is not valid JSON'],
  ['[]', 'one JSON object'],
  ['null', 'one JSON object'],
])('settings %s are refused: %s', (text, message) => {
  expect(() => parseLimits(text, 'settings.json')).toThrow(message)
})
