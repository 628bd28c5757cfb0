import { link, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isRollcallError } from '../../src/base/rollcall-error.ts'
import { readSourceRules, refuseClosedFiles, refuseKeyFiles } from '../../src/sources/rules.ts'

let dir = ''
let home = ''
let key = ''
beforeAll(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'rollcall-rules-')))
  home = join(dir, 'home')
  key = join(dir, 'keys', 'rollcall.key')
  for (const folder of ['home', 'keys', 'exports', 'exports-old', '.ssh', 'exports/.cache', 'home/postgres'])
    await mkdir(join(dir, folder))
  for (const file of [
    'home/secret.key',
    'home/first-administrator.txt',
    'home/postgres/1',
    'keys/rollcall.key',
    '.ssh/id',
  ])
    await writeFile(join(dir, file), 'not a list\n')
  for (const file of ['exports/a.csv', 'exports-old/a.csv', 'exports/.cache/a.csv'])
    await writeFile(join(dir, file), 'email\na@example.com\n')
  await link(key, join(dir, 'exports', 'hard.csv'))
  await link(join(home, 'first-administrator.txt'), join(dir, 'exports', 'first.csv'))
  await link(join(home, 'postgres/1'), join(dir, 'exports', 'table.csv'))
  await symlink(join(dir, 'exports'), join(dir, 'linked'))
})
afterAll(async () => {
  await rm(dir, { recursive: true, force: true })
})

function rules(env: Record<string, string> = {}) {
  return readSourceRules(env, { dir: home, secretKeyFile: join(home, 'secret.key') })
}

async function told(work: Promise<void>): Promise<string> {
  try {
    await work
    return 'open'
  } catch (error) {
    if (!isRollcallError(error)) throw error
    return `${error.code}: ${error.message}`
  }
}

const closed = async (file: string, env: Record<string, string> = {}) =>
  told(
    refuseClosedFiles(
      [join(dir, 'exports/a.csv'), file.startsWith('/') ? file : join(dir, file)],
      rules(env),
    ),
  )

describe('without allowed folders', () => {
  test.each([
    '/etc/passwd',
    '/etc/shadow',
    '/root/list.csv',
    '/sys/kernel/notes',
    '/run/secrets/token',
    '/dev/sda',
  ])('%s is refused as one of the system', async (file) => {
    expect(await closed(file)).toMatch(/^source_not_found: .*ROLLCALL_SOURCE_ROOTS/)
  })

  test.each(['.ssh/id', 'exports/.cache/a.csv'])('%s is refused, since it is hidden', async (file) => {
    expect(await closed(file)).toMatch(/^source_not_found: .*hidden/)
  })

  test.each(['/proc/self/environ', 'home/secret.key'])('%s is refused', async (file) => {
    expect(await closed(file)).toMatch(/^source_not_found: .*Rollcall's data folder or a system folder/)
  })

  test('others are open', async () => {
    expect(await closed('exports/a.csv')).toBe('open')
  })
})

describe('with allowed folders', () => {
  test('only what lies below them is open, links followed', async () => {
    const env = { ROLLCALL_SOURCE_ROOTS: `${join(dir, 'linked')}:/srv/none` }
    expect(await closed('exports/a.csv', env)).toBe('open')
    expect(await closed('exports/.cache/a.csv', env)).toBe('open')
    expect(await closed('exports-old/a.csv', env)).toMatch(/^source_not_found: .*is outside the folders/)
    expect(await closed('/etc/passwd', env)).toMatch(/^source_not_found: .*is outside/)
  })

  test('the data folder, /proc and files with keys stay closed', async () => {
    const env = { ROLLCALL_SOURCE_ROOTS: '/', ROLLCALL_SECRET_KEY_FILE: key }
    expect(await closed('exports-old/a.csv', env)).toBe('open')
    for (const file of ['/proc/self/environ', 'home/secret.key', 'keys/rollcall.key'])
      expect(await closed(file, env)).toMatch(/^source_not_found: /)
  })

  test('must be absolute', () => {
    expect(() => rules({ ROLLCALL_SOURCE_ROOTS: '/srv:exports' })).toThrow(/"exports" is not absolute/)
  })
})

test('a file with a key is refused under any name, for a person at the command line as well', async () => {
  const env = { ROLLCALL_SECRET_KEY_FILE: key }
  await symlink(key, join(dir, 'exports', 'soft.csv'))
  for (const file of ['exports/hard.csv', 'exports/soft.csv', 'keys/rollcall.key']) {
    expect(await told(refuseKeyFiles([join(dir, file)], rules(env)))).toMatch(
      /^source_not_found: .*key or passwords/,
    )
    expect(await closed(file, env)).toMatch(/key or passwords/)
  }
  expect(await told(refuseKeyFiles([join(home, 'secret.key')], rules()))).toMatch(/^source_not_found: /)
  for (const file of ['exports/first.csv', 'exports/table.csv'])
    expect(await closed(file)).toMatch(/^source_not_found: .*key or passwords/)
  expect(await told(refuseKeyFiles([join(dir, 'exports/a.csv'), '/etc/passwd'], rules(env)))).toBe('open')
})
