import { randomBytes } from 'node:crypto'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openSealer } from '../../src/access/secret-key.ts'
import { makeFolder } from '../support/folder.ts'

const key = randomBytes(32)
const place = { table: 'credential', id: 'cr_1' }

async function testFolder(): Promise<string> {
  const folder = await makeFolder('key')
  onTestFinished(folder.remove)
  return folder.dir
}

function homeIn(dir: string): { secretKeyFile: string } {
  return { secretKeyFile: join(dir, 'secret.key') }
}

test.each([
  ['hexadecimal', key.toString('hex')],
  ['upper-case hexadecimal', key.toString('hex').toUpperCase()],
  ['base64', key.toString('base64')],
  ['base64 for addresses', key.toString('base64url')],
  ['surrounded by spaces', ` ${key.toString('hex')}\n`],
])('the same key in %s opens what the other forms sealed', async (_, text) => {
  const dir = await testFolder()
  const file = join(dir, 'given.key')
  await writeFile(file, text)
  const home = homeIn(dir)
  const reference = await openSealer({ home, env: { ROLLCALL_SECRET_KEY: key.toString('hex') } })
  const sealed = reference.seal('secret', place)
  const fromText = await openSealer({ home, env: { ROLLCALL_SECRET_KEY: text } })
  const fromFile = await openSealer({ home, env: { ROLLCALL_SECRET_KEY_FILE: file } })
  expect([fromText.open(sealed, place), fromFile.open(sealed, place)]).toEqual(['secret', 'secret'])
  expect(await readdir(dir)).toEqual(['given.key'])
})

test.each([
  'short',
  'a'.repeat(63),
  key.toString('hex').slice(2),
  `${key.toString('hex')}00`,
  'ä'.repeat(43),
])('a key that is not 32 bytes is refused: %s', async (text) => {
  const home = homeIn(await testFolder())
  const opening = openSealer({ home, env: { ROLLCALL_SECRET_KEY: text } })
  await expect(opening).rejects.toMatchObject({
    code: 'wrong_usage',
    message: expect.not.stringContaining(text) as string,
  })
})

test('a key with stray characters is refused, not read as another key', async () => {
  const home = homeIn(await testFolder())
  const text = `${key.toString('base64').slice(0, 20)}!?${key.toString('base64').slice(20)}`
  await expect(openSealer({ home, env: { ROLLCALL_SECRET_KEY: text } })).rejects.toMatchObject({
    code: 'wrong_usage',
  })
})

test('a key file that is not there is named', async () => {
  const home = homeIn(await testFolder())
  await expect(openSealer({ home, env: { ROLLCALL_SECRET_KEY_FILE: '/not/there' } })).rejects.toMatchObject({
    code: 'wrong_usage',
    message: expect.stringContaining('/not/there') as string,
  })
})

test('without a given key one is made once, for the owner alone', async () => {
  const home = homeIn(await testFolder())
  const first = await openSealer({ home, env: {} })
  const text = await readFile(home.secretKeyFile, 'utf8')
  expect((await stat(home.secretKeyFile)).mode & 0o777).toBe(0o600)
  expect(Buffer.from(text, 'base64')).toHaveLength(32)
  const second = await openSealer({ home, env: {} })
  expect(await readFile(home.secretKeyFile, 'utf8')).toBe(text)
  expect(second.open(first.seal('secret', place), place)).toBe('secret')
})

test('those who make the key at once agree on one, and nothing else is left', async () => {
  const dir = await testFolder()
  const home = homeIn(dir)
  const sealers = await Promise.all(Array.from({ length: 8 }, async () => openSealer({ home, env: {} })))
  expect(new Set(sealers.map((sealer) => sealer.digest('x'))).size).toBe(1)
  expect(await readdir(dir)).toEqual(['secret.key'])
})

test('an empty or unreadable key file is an error, and is not replaced', async () => {
  const home = homeIn(await testFolder())
  await writeFile(home.secretKeyFile, '')
  await expect(openSealer({ home, env: {} })).rejects.toMatchObject({ code: 'secret_key_wrong' })
  expect(await readFile(home.secretKeyFile, 'utf8')).toBe('')
})
