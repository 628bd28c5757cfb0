import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { queriesRunHere } from '../support/queries-here.ts'
import { checkEmail, hashEmail } from '../../src/members/email.ts'
import type { Rows } from '../../src/sources/source.ts'
import { dirtyEmail } from '../conformance/dirty-email.ts'
import { emailCases, hashCases } from '../conformance/emails.ts'
import { filesOf, streamOf, Workbench, writeParquet } from './workbench.ts'

queriesRunHere()

type Values = readonly (string | null)[]
/** What UTF-8 cannot carry is for the stream only. */
const wellFormed = (value: string | null) => value === null || value.isWellFormed()

const forms: Record<string, (bench: Workbench, values: Values) => Promise<Rows>> = {
  CSV: async (bench, values) => {
    const lines = values.map(
      (value, index) => `${index},${value === null ? '' : `"${value.replaceAll('"', '""')}"`},x\n`,
    )
    return filesOf('csv', [await bench.write('in.csv', `id,email,name\n${lines.join('')}`)])
  },
  // A short record keeps the fast reader from the file.
  'CSV with a ragged line': async (bench, values) => {
    const lines = values.map(
      (value, index) => `${index},${value === null ? '' : `"${value.replaceAll('"', '""')}"`},x\n`,
    )
    return filesOf('csv', [await bench.write('in.csv', `id,email,name\n${lines.join('')}ragged\n`)])
  },
  'CSV under a query': async (bench, values) => {
    const lines = values.map(
      (value, index) => `${index},${value === null ? '' : `"${value.replaceAll('"', '""')}"`},x\n`,
    )
    const path = await bench.write('in.csv', `id,email,name\n${lines.join('')}`)
    return filesOf('csv', [path], { query: 'SELECT email FROM input' })
  },
  Parquet: async (bench, values) => {
    const path = bench.path('in.parquet')
    await writeParquet(path, values)
    return filesOf('parquet', [path])
  },
  'JSON lines': async (bench, values) => {
    const lines = values.map((email, id) => `${JSON.stringify({ id, email })}\n`)
    return filesOf('json', [await bench.write('in.jsonl', lines.join(''))])
  },
  stream: async (_, values) => streamOf(values),
}

function expected(verdicts: readonly { hash: string | null; reason: string | null }[]) {
  const invalidByReason: Record<string, number> = {}
  for (const { reason } of verdicts)
    if (reason !== null) invalidByReason[reason] = (invalidByReason[reason] ?? 0) + 1
  const hashes = [...new Set(verdicts.flatMap(({ hash }) => hash ?? []))].toSorted()
  return { received: verdicts.length, invalidByReason, hashes }
}

function judged(value: string | null) {
  const verdict = checkEmail(value)
  return verdict.ok
    ? { hash: hashEmail(verdict.email), reason: null }
    : { hash: null, reason: verdict.reason }
}

describe.each(Object.entries(forms))('%s', (name, form) => {
  const ragged = name.includes('ragged') ? [{ hash: null, reason: 'ragged_line' }] : []

  it('gives the verdicts and hashes of the table', async () => {
    await using bench = await Workbench.open()
    const cases = emailCases.filter(({ raw }) => wellFormed(raw))
    const result = await bench.run(
      await form(
        bench,
        cases.map(({ raw }) => raw),
      ),
    )
    expect(result).toMatchObject(expected([...cases, ...ragged]))
    expect(result.received).toBe(result.valid + result.invalid)
  })

  it('gives the verdicts of the table for hashes', async () => {
    await using bench = await Workbench.open()
    const result = await bench.run(
      await form(
        bench,
        hashCases.map(({ raw }) => raw),
      ),
      { hashed: true },
    )
    expect(result).toMatchObject(expected([...hashCases, ...ragged]))
  })

  it('tells which forms of hashes were found, and addresses in their place', async () => {
    await using bench = await Workbench.open()
    const hex = 'ab'.repeat(32)
    const kinds = {
      sha256: [hex],
      sha256_x: [`\\x${hex}`],
      sha256_0x: [`0x${hex}`, `0X${hex}`],
      sha256_base64: [`${'A'.repeat(43)}=`],
      md5: ['cd'.repeat(16), `0x${'cd'.repeat(16)}`, `${'A'.repeat(22)}==`],
      sha1: ['ef'.repeat(20), `${'A'.repeat(27)}=`],
      other_hash: ['ab'.repeat(64), 'ab'.repeat(28), `${'q'.repeat(86)}==`],
    }
    const counts = Object.fromEntries(Object.entries(kinds).map(([kind, found]) => [kind, found.length]))
    const values = [...Object.values(kinds).flat(), ' ann@example.com ', 'nothing']
    const addresses = await bench.prepare(await form(bench, values))
    expect(addresses.foundForms).toEqual(counts)
    const { sha256: good, ...others } = counts
    const hashes = await bench.prepare(await form(bench, values), { hashed: true })
    expect(hashes).toMatchObject({ valid: good, foundForms: { ...others, address: 1 } })
  })

  it('agrees with the pure rules on any value', async () => {
    await using bench = await Workbench.open()
    const values = fc.array(fc.option(dirtyEmail, { freq: 20 }), { minLength: 1, maxLength: 200 })
    await fc.assert(
      fc.asyncProperty(values, async (drawn) => {
        const result = await bench.run(await form(bench, drawn))
        expect(result).toMatchObject(expected([...drawn.map(judged), ...ragged]))
      }),
      { numRuns: 15 },
    )
  })
})
