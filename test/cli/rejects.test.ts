import { link, mkdir, readdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ACCOUNT, job, peopleCsv, printed, useShell } from './support.ts'

const shell = useShell()
const read = async (name: string): Promise<string> => readFile(join(shell.dir, name), 'utf8')

test('rejects are listed by file and row, masked, by plan and by sync', async () => {
  await shell.file('dirty.csv', `${peopleCsv(100)}77,ann.example.com\n78,\n`)
  await shell.file('more.csv', `${peopleCsv(100, 100)}x,nobody@\n`)
  const asked = ['--from', 'more.csv', 'dirty.csv', '--ad-account', ACCOUNT, '--list', 'Dirty']
  for (const command of ['plan', 'sync']) {
    const rejects = `${command}-rejects.csv`
    expect(await shell.rollcall([command, ...asked, '--rejects', rejects])).toMatchObject({ code: 0 })
    expect((await read(rejects)).split('\n')).toEqual([
      'file,row,result_row,reason,value',
      'more.csv,101,,syntax,n•••••@••••',
      'dirty.csv,101,,syntax,a•••••',
      'dirty.csv,102,,blank,',
      '',
    ])
  }
})

test('a list of rejects is gone after a run that has none', async () => {
  await shell.file('clean.csv', `${peopleCsv(120)}x,\n`)
  const asked = ['sync', ...job('clean.csv', 'Clean'), '--rejects', 'clean-rejects.csv']
  await shell.rollcall(asked)
  expect(await read('clean-rejects.csv')).toContain('clean.csv,121,,blank,')
  await shell.file('clean.csv', peopleCsv(120))
  expect(await shell.rollcall(asked)).toMatchObject({ code: 0 })
  expect(await readdir(shell.dir)).not.toContain('clean-rejects.csv')
})

test('a place for rejects that would cost a file, or that cannot be written, is refused before anything is read', async () => {
  const source = `${peopleCsv(120)}x,\n`
  await shell.file('source.csv', source)
  await symlink('source.csv', join(shell.dir, 'soft.csv'))
  await link(join(shell.dir, 'source.csv'), join(shell.dir, 'hard.csv'))
  await shell.file('source.csv.tmp', 'mine')
  await shell.file('notes.txt', 'notes')
  await mkdir(join(shell.dir, 'out'))
  const refused: readonly (readonly [from: string, rejects: string, message: string])[] = [
    ['source.csv', 'source.csv', 'is one of the source files'],
    ['sour*.csv', './out/../source.csv', 'is one of the source files'],
    ['source.csv', 'soft.csv', 'is one of the source files'],
    ['soft.csv', 'source.csv', 'is one of the source files'],
    ['source.csv', 'hard.csv', 'is one of the source files'],
    ['source.csv', 'notes.txt', 'already exists and is not a list of rejects'],
    ['source.csv', 'out', 'is a folder'],
    ['source.csv', 'none/rejects.csv', 'a folder that does not exist'],
    ['source.csv', '', 'is a folder'],
  ]
  const lines = refused.flatMap(([from, rejects]) => {
    const asked = [...job(from, 'Refused'), '--rejects', rejects, '--json']
    return [
      ['plan', ...asked],
      ['sync', ...asked],
    ]
  })
  const ends = await shell.rollcallEach(lines)
  const seen = ends.map((ended) => {
    const { error } = printed(ended)
    return [ended.code, error?.code, refused.find(([, , text]) => error?.message.includes(text))?.[2]]
  })
  expect(seen).toEqual(refused.flatMap(([, , text]) => [1, 2].map(() => [2, 'wrong_usage', text])))
  expect(await read('source.csv')).toBe(source)
  expect(await read('source.csv.tmp')).toBe('mine')
  expect(await read('notes.txt')).toBe('notes')
  expect(await readdir(join(shell.dir, 'out'))).toEqual([])
  expect(printed(await shell.rollcall(['runs', '--list', 'Refused', '--json']))).toEqual({ runs: [] })
})
