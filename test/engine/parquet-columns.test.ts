import { describe, expect, it } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import { openSource } from '../../src/source/open-source.ts'
import { writeWith } from './checksummed-parquet.ts'
import { sha256, Workbench } from './workbench.ts'

const { signal } = new AbortController()
const place = { emailColumn: 'email', limits: defaultLimits, signal, cwd: '/' }

/** All orders of some things. */
function orders<T>(things: readonly T[]): T[][] {
  if (things.length < 2) return [[...things]]
  return things.flatMap((thing, index) =>
    orders(things.toSpliced(index, 1)).map((rest) => [thing].concat(rest)),
  )
}

it('a Parquet file without the e-mail column is named, in every order of the files; a query gets blank rows of it', async () => {
  await using bench = await Workbench.open()
  const paths = ['a.parquet', 'b.parquet', 'without.parquet'].map((name) => bench.path(name))
  const [a = '', b = '', without = ''] = paths
  await writeWith(a, "SELECT 'a@example.com' AS email, 1 AS id")
  await writeWith(b, "SELECT 2 AS id, 'b@example.com' AS email")
  await writeWith(without, "SELECT 3 AS id, 'c@example.com' AS mail")
  for (const from of orders([a, b, without])) {
    const direct = openSource({ ...place, from, query: null }).then(async ({ rows }) => bench.prepare(rows))
    await expect(direct, from.join()).rejects.toMatchObject({
      code: 'missing_email_column',
      data: {
        detail: expect.stringMatching(/without\.parquet" has no column "email"\..*Did you mean "mail"\?$/),
      },
    })
    const { rows } = await openSource({ ...place, from, query: 'SELECT email FROM input' })
    expect(await bench.run(rows), from.join()).toMatchObject({
      received: 3,
      invalidByReason: { blank: 1 },
      hashes: ['a@example.com', 'b@example.com'].map(sha256).toSorted(),
    })
  }
})

describe('numbers and dates that Parquet files hold in different types keep their order and their values:', () => {
  it.each([
    ['150::INTEGER', '60::BIGINT', 'BIGINT'],
    ['150::UBIGINT', '60::TINYINT', 'HUGEINT'],
    ['150.5::DECIMAL(5,1)', '60.25::DECIMAL(18,2)', 'DECIMAL(18,2)'],
    ['150.5::DECIMAL(5,1)', '60::INTEGER', 'DECIMAL(11,1)'],
    ['150.5::FLOAT', '60::DOUBLE', 'DOUBLE'],
    ['150::BIGINT', '60.5::DOUBLE', 'DOUBLE'],
    ["DATE '2024-10-01'", "TIMESTAMP '2024-09-30 12:00:00'", 'TIMESTAMP'],
    ['9007199254740993::BIGINT', '60.5::DOUBLE', 'VARCHAR'],
    ["'a'", '60::INTEGER', 'VARCHAR'],
    ["DATE '2024-10-01'", '60::INTEGER', 'VARCHAR'],
  ])('%s and %s are %s', async (large, small, type) => {
    await using bench = await Workbench.open()
    const paths = ['a.parquet', 'b.parquet', 'c.parquet'].map((name) => bench.path(name))
    const [a = '', b = '', none = ''] = paths
    await writeWith(a, `SELECT 'large@example.com' AS email, ${large} AS n`)
    await writeWith(b, `SELECT 'small@example.com' AS email, ${small} AS n`)
    await writeWith(none, "SELECT 'none@example.com' AS email, CAST(NULL AS BOOLEAN) AS n")
    const query = `SELECT email FROM input WHERE typeof(n) = '${type}' ORDER BY n DESC NULLS LAST LIMIT 1`
    for (const from of [
      [a, b, none],
      [none, b, a],
    ]) {
      const { rows } = await openSource({ ...place, from, query })
      const first = type === 'VARCHAR' ? 1 : [sha256('large@example.com')]
      const { valid, hashes } = await bench.run(rows)
      expect(type === 'VARCHAR' ? valid : hashes, from.join()).toEqual(first)
    }
  })

  it('and go with texts of other files that are written as a type', async () => {
    await using bench = await Workbench.open()
    const parquet = bench.path('a.parquet')
    await writeWith(parquet, "SELECT 'a@example.com' AS email, 150::INTEGER AS n")
    const csv = await bench.write('b.csv', 'email,n\nb@example.com,60\n')
    const query = 'SELECT email FROM input ORDER BY n DESC LIMIT 1'
    for (const from of orders([parquet, csv])) {
      const { rows } = await openSource({ ...place, from, query })
      expect(await bench.run(rows)).toMatchObject({ hashes: [sha256('a@example.com')] })
    }
  })
})
