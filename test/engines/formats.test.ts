import { expect, it } from 'vitest'
import { filesOf, sha256, Workbench, writeParquet } from './workbench.ts'

const hashes = (...addresses: string[]) => addresses.map(sha256).toSorted()

it('reads JSON: objects a line, over several lines and in an array', async () => {
  await using bench = await Workbench.open()
  const texts = [
    '{"email":"a@b.test"}\n\n{"EMAIL":"b@b.test","x":{"y":"}"}}\n',
    '{\n  "email": "a@b.test",\n  "x": "{"\n}\n{\n  "Email": "b@b.test"\n}\n',
    '[{"email":"a@b.test"},{"email":"b@b.test"}]',
    '[\n  {"email":"a@b.test"},\n  {"email":"b@b.test"}\n]\n',
    '\ufeff{"email":"a@b.test"}\r\n{"email":"b@b.test"}',
  ]
  for (const text of texts) {
    const result = await bench.run(await filesOf('json', [await bench.write('in.json', text)]))
    expect(result).toMatchObject({ received: 2, invalid: 0, hashes: hashes('a@b.test', 'b@b.test') })
  }
})

it('counts what is wrong in JSON and goes on', async () => {
  await using bench = await Workbench.open()
  const long = `{"email":"c@b.test","x":"${'x'.repeat(3_000_000)}"}`
  const text = `{"email":"a@b.test"}\n[1]\n7\n{"email"\n${long}\n{"id":1}\n{"email":null}\n{"email":5}\n{"email":"b@b.test"}\n`
  const result = await bench.run(await filesOf('json', [await bench.write('in.jsonl', text)]))
  expect(result).toMatchObject({ received: 9, valid: 2, hashes: hashes('a@b.test', 'b@b.test') })
  expect(result.invalidByReason).toEqual({ broken_line: 4, blank: 2, syntax: 1 })
})

it.each([
  ['a number of more digits than are looked at at once', '1'.repeat(200), 1],
  [
    'an object of as many levels as there may be',
    `{"email":"b@b.test","x":${'['.repeat(199)}${']'.repeat(199)}}`,
    0,
  ],
  ['an object that breaks off between two values of a list', '{"email":"b@b.test","x":[{}', 1],
  ['an object of one level more', `{"email":"b@b.test","x":${'['.repeat(200)}${']'.repeat(200)}}`, 1],
])('counts as one row in JSON: %s', async (_, line, broken) => {
  await using bench = await Workbench.open()
  const text = `{"email":"a@b.test"}\n${line}\n{"email":"c@b.test"}\n`
  const result = await bench.run(await filesOf('json', [await bench.write('in.jsonl', text)]))
  expect(result).toMatchObject({ received: 3, invalid: broken })
})

it('says when no object has the key', async () => {
  await using bench = await Workbench.open()
  const rows = await filesOf('json', [await bench.write('in.jsonl', '{"mail":"a@b.test"}\n')])
  await expect(bench.run(rows)).rejects.toMatchObject({ code: 'missing_email_column' })
})

it('finds the Parquet column in other capitals, and says what is wrong with others', async () => {
  await using bench = await Workbench.open()
  const path = bench.path('in.parquet')
  await writeParquet(path, ['a@b.test', null], 'E-Mail')
  expect(await bench.run(await filesOf('parquet', [path], { emailColumn: 'e-mail' }))).toMatchObject({
    received: 2,
    valid: 1,
  })
  await expect(bench.run(await filesOf('parquet', [path]))).rejects.toMatchObject({
    code: 'missing_email_column',
  })
  await expect(bench.run(await filesOf('parquet', [path], { emailColumn: 'id' }))).rejects.toMatchObject({
    code: 'query_failed',
  })
  const broken = await bench.write('broken.parquet', 'PAR1 jane@example.com PAR1')
  await expect(bench.run(await filesOf('parquet', [broken]))).rejects.toMatchObject({
    code: 'source_damaged',
  })
})
