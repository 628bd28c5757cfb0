import { expect, it } from 'vitest'
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
