import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { withHistory } from './long-history.ts'
import { median } from './measure.ts'

/**
 * How long the server takes for every list page, with a long history beside a short one. Usage: `node bench/history.ts [WORKFLOWS …]
 * [--rounds N] [--lists N]`. Uses a data folder of its own below the temporary folder and removes it.
 */

const PATHS = [
  '/workflows',
  '/workflows?state=failed',
  '/workflows?startedBy=schedule&kind=sync',
  '/workflows?search=list%207',
  '/workflows?search=nothing-is-called-so',
  '/workflows?from=2026-01-01&to=2026-02-01',
  '/workflows?limit=200',
  '/notifications',
  '/notifications?unread=true',
  '/notifications?search=list%207',
  '/activity',
  '/activity?action=orchestration.&search=list%207',
  '/lists?limit=200',
  '/lists?needsPerson=true',
  '/lists?order=state&kept=true&limit=200',
  '/lists/summary',
  '/orchestrations',
  '/orchestrations?search=scheduled&limit=200',
  '/queries',
  '/destinations',
  '/credentials',
  '/data-sources',
  '/alerts',
  '/users',
  '/api-keys',
]

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { rounds: { type: 'string', default: '15' }, lists: { type: 'string', default: '200' } },
  })
  const sizes = positionals.length === 0 ? [100, 10_000] : positionals.map(Number)
  console.log(
    `${cpus().length} cores, Node ${process.versions.node}; medians of ${values.rounds} rounds, in ms\n`,
  )
  const columns = []
  for (const size of sizes) columns.push(await measureAt(size, Number(values.rounds), Number(values.lists)))
  const header = sizes.map((size) => `${size.toLocaleString('en-US')} workflows`.padStart(18)).join('')
  console.log(`${'page'.padEnd(50)}${header}`)
  for (const path of [...PATHS, 'second page of /workflows', 'last page of /workflows']) {
    const cells = columns.map((times) => (times.get(path) ?? Number.NaN).toFixed(1).padStart(18))
    console.log(`${path.padEnd(50)}${cells.join('')}`)
  }
}

async function measureAt(size: number, rounds: number, lists: number): Promise<Map<string, number>> {
  return withHistory(size, null, { lists }, async ({ app }) => {
    const get = async (path: string): Promise<{ ms: number; nextCursor: string | null }> => {
      const startedMs = performance.now()
      const response = await app.request(`/api/v1${path}`)
      const body = (await response.json()) as { nextCursor: string | null }
      if (response.status !== 200) throw new Error(`${path}: ${response.status} ${JSON.stringify(body)}`)
      return { ms: performance.now() - startedMs, nextCursor: body.nextCursor }
    }
    const { nextCursor } = await get('/workflows')
    const pages = new Map(PATHS.map((path) => [path, path]))
    pages.set('second page of /workflows', `/workflows?cursor=${nextCursor ?? 51}`)
    pages.set('last page of /workflows', '/workflows?cursor=51')
    const times = new Map<string, number>()
    for (const [name, path] of pages) {
      await get(path)
      const measured: number[] = []
      for (let round = 0; round < rounds; round += 1) measured.push((await get(path)).ms)
      times.set(name, median(measured))
    }
    return times
  })
}

await main()
