import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, readlink, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { defaultLimits } from '../../src/base/limits.ts'
import type { Limits } from '../../src/base/limits.ts'
import { asRollcallError } from '../../src/base/rollcall-error.ts'
import { countFiles, listFileRejects } from '../../src/engines/local/child/in-child.ts'
import { Places } from '../../src/engines/local/child/places.ts'
import { countRows, previewQuery } from '../../src/engines/local/preview.ts'
import type { PreviewOptions } from '../../src/engines/local/preview.ts'
import { CHECKOUT, converse, processesNaming, runProgram } from '../support/processes.ts'
import { allFiles, filesOf, Workbench, writeParquet } from './workbench.ts'

const run = promisify(execFile)

const CSV = 'id,email\n1,a@example.com\n2,b@example.com\n'

/** One value of gigabytes, which the engine's own limit does not see coming. */
const HUGE = "SELECT array_to_string(range(300000000), ',') AS email"
/** A value of a gigabyte, while it is built. */
const LARGE = "SELECT array_to_string(range(60000000), ',') AS email"
/** Rows without end, of which none is ever shown. */
const ENDLESS = 'SELECT max(a.range || b.range) AS email FROM range(10000000) a, range(10000000) b'
/** Finding out what it means takes ever so long, and hears no interrupt. */
const UNBOUND = `WITH ${Array.from({ length: 24 }, (_, n) => `t${n} AS (SELECT * FROM ${n === 0 ? 'input' : `t${n - 1} a, t${n - 1} b`})`).join(', ')} SELECT * FROM t23`
const TERMS = `SELECT email FROM input WHERE ${Array.from({ length: 3_000 }, () => "(email = 'x')").join(' OR ')}`

const childrenOf = (pid: number) => processesNaming(`child/main.ts\0${pid}`)

async function optionsOf(bench: Workbench, query: string, limits: Partial<Limits> = {}) {
  return {
    from: [await bench.write('in.csv', CSV)],
    query,
    emailColumn: 'email',
    rowsMax: 100,
    signal: new AbortController().signal,
    cwd: '/',
    tempDir: join(bench.dir, 'temp'),
    owner: 'a person',
    openColumns: null,
    limits: { ...defaultLimits, ...limits },
  } satisfies PreviewOptions
}

const messageOf = async (work: Promise<unknown>) =>
  work.then(
    () => 'no error',
    (error: unknown) => `${asRollcallError(error).code}: ${asRollcallError(error).message}`,
  )

/** Bytes of its memory that the system may write to disk when this process breaks off. */
async function softLimitOfCores(): Promise<string> {
  const limits = await readFile('/proc/self/limits', 'utf8')
  return /^Max core file size +(\S+)/m.exec(limits)?.[1] ?? '0'
}

/** Its one column is written as differences, and one of these is so large that the engine reads what is not its own. */
function deadlyParquet(): Buffer {
  const data = Array.from({ length: 12 }, (_, index) => `user${index}@example.com`)
  const column = { name: 'email', data, type: 'STRING', encoding: 'DELTA_BYTE_ARRAY' } as const
  const bytes = Buffer.from(parquetWriteBuffer({ codec: 'UNCOMPRESSED', columnData: [column] }))
  bytes[29] = (bytes[29] as number) ^ 128
  return bytes
}

/** The signal by which a process ends that reads a Parquet file with the engine. */
async function endOfReading(path: string): Promise<unknown> {
  const script = `import { DuckDBInstance } from '@duckdb/node-api'
    const connection = await (await DuckDBInstance.create(':memory:')).connect()
    await connection.runAndReadAll("SELECT max(email) FROM read_parquet('${path}')")`
  const reading = run(process.execPath, ['--input-type=module', '-e', script])
  return reading.then(
    () => null,
    (error: unknown) => (error as { signal: unknown }).signal,
  )
}

describe('SQL that people write', () => {
  it('takes no more memory than it may: the query fails and this process does not feel it', async () => {
    await using bench = await Workbench.open()
    const options = await optionsOf(bench, HUGE)
    const before = process.memoryUsage().rss
    expect(await messageOf(previewQuery(options))).toMatch(/^query_failed: .*needed more memory/)
    expect(await messageOf(countRows({ ...options, query: `${HUGE} WHERE length(email) > 5` }))).toMatch(
      /^query_failed: .*needed more memory/,
    )
    const rows = await filesOf('csv', options.from, { columns: ['id', 'email'], query: HUGE })
    expect(await messageOf(bench.run(rows))).toMatch(/^query_failed: .*needed more memory/)
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20)
    expect(await readdir(options.tempDir)).toEqual([])
    expect(childrenOf(process.pid)).toEqual([])
  })

  it.runIf(process.platform === 'linux')('is held by the system alone to what it may take', async () => {
    await using bench = await Workbench.open()
    const leaving = new AbortController()
    const options = { ...(await optionsOf(bench, ENDLESS)), signal: leaving.signal }
    const before = await softLimitOfCores()
    // Where there is no such program, the limit is most likely 0 anyway.
    await run('prlimit', ['--pid', `${process.pid}`, '--core=unlimited:']).catch(() => {})
    onTestFinished(async () => {
      await run('prlimit', ['--pid', `${process.pid}`, `--core=${before}:`]).catch(() => {})
    })
    const ended = messageOf(previewQuery(options))
    await vi.waitFor(() => expect(childrenOf(process.pid)).toHaveLength(1), 180_000)
    const place = `/proc/${childrenOf(process.pid)[0]}`
    // By then the shell has become it.
    const node = await realpath(process.execPath)
    await vi.waitFor(async () => expect(await readlink(`${place}/exe`)).toBe(node), 180_000)
    const held = await readFile(`${place}/limits`, 'utf8')
    const goesFirst = await readFile(`${place}/oom_score_adj`, 'utf8')
    leaving.abort(new Error('enough'))
    await ended
    const { queryMemoryBytesMax, rowsMemoryBytesMax } = options.limits
    const most = Number(/^Max data size +(\d+)/m.exec(held)?.[1])
    const least = Math.max(queryMemoryBytesMax, rowsMemoryBytesMax)
    expect(most).toBeGreaterThan(least)
    expect(most).toBeLessThan(least + 2 * 2 ** 30)
    expect(held).toMatch(/^Max core file size +0 /m)
    expect(goesFirst.trim()).toBe('1000')
  })

  it('is held to the same by being watched, where the system limits no such thing', async () => {
    const platform = Object.getOwnPropertyDescriptor(process, 'platform') as PropertyDescriptor
    onTestFinished(() => void Object.defineProperty(process, 'platform', platform))
    Object.defineProperty(process, 'platform', { ...platform, value: 'darwin' })
    await using bench = await Workbench.open()
    const limits = { rowsMemoryBytesMax: 64 * 2 ** 20, queryMemoryBytesMax: 2 ** 20 }
    const options = await optionsOf(bench, LARGE, limits)
    expect(await messageOf(previewQuery(options))).toMatch(/^query_failed: .*needed more memory than 320 MiB/)
  })

  it.each([
    ['rows without end', ENDLESS],
    ['a meaning that takes for ever', UNBOUND],
  ])('ends at its deadline: %s', async (_, query) => {
    await using bench = await Workbench.open()
    const options = await optionsOf(bench, query, { previewTimeoutMs: 3_000 })
    await using runs = await Workbench.open({ queryTimeoutMs: 3_000 })
    const rows = await filesOf('csv', options.from, { columns: ['id', 'email'], query })
    const works = [previewQuery(options), countRows(options), runs.prepare(rows)]
    expect(await Promise.all(works.map(messageOf))).toEqual([
      expect.stringContaining('previewTimeoutMs'),
      expect.stringContaining('previewTimeoutMs'),
      expect.stringMatching(/^query_failed: .*it was stopped after 3 s \(limit queryTimeoutMs\)/),
    ])
    expect(childrenOf(process.pid)).toEqual([])
    expect(await readdir(options.tempDir)).toEqual([])
  })

  it.each([
    ['rows without end', ENDLESS],
    ['a meaning that takes for ever', UNBOUND],
  ])('ends when its reader leaves, in a run as well: %s', async (_, query) => {
    await using bench = await Workbench.open()
    const leaving = new AbortController()
    const { signal } = leaving
    const options = { ...(await optionsOf(bench, query)), signal }
    const rows = await filesOf('csv', options.from, { columns: ['id', 'email'], query })
    const works = [previewQuery(options), countRows(options), bench.prepare(rows, { signal })]
    const ends = Promise.allSettled(works)
    await vi.waitFor(() => expect(childrenOf(process.pid)).toHaveLength(3), 180_000)
    leaving.abort(new Error('the reader left'))
    for (const end of await ends)
      expect(end).toMatchObject({ status: 'rejected', reason: { message: 'the reader left' } })
    expect(childrenOf(process.pid)).toEqual([])
  })

  it('ends with the process that it belongs to, however that dies', async () => {
    await using bench = await Workbench.open()
    for (const query of [ENDLESS, UNBOUND]) {
      const { from, tempDir } = await optionsOf(bench, query)
      const owner = converse('test/engines/child-owner.ts', [...from, tempDir, query])
      await vi.waitFor(() => expect(childrenOf(owner.pid)).toHaveLength(1), 180_000)
      await owner.kill('SIGKILL')
      await vi.waitFor(() => expect(childrenOf(owner.pid)).toEqual([]), 180_000)
    }
  })

  it.each([
    ['its connection to the parent is cut, though the parent lives', process.pid, true],
    ['its parent is another, though the connection is there', process.pid + 1, false],
  ])('ends when %s', async (_, parentPid, isCut) => {
    const main = join(CHECKOUT, 'src/engines/local/child/main.ts')
    const child = spawn(process.execPath, [main, String(parentPid)], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      env: {},
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const ended = once(child, 'exit')
    if (isCut) {
      // It answers once it has begun.
      child.send({ job: 'none', options: {} })
      await once(child, 'message')
      child.disconnect()
    }
    expect(await ended).toEqual([null, 'SIGKILL'])
  })

  it('leaves no draft of the list of rejects when it is killed', async () => {
    await using bench = await Workbench.open()
    const { from, tempDir, limits } = await optionsOf(bench, ENDLESS)
    const query = "SELECT 'x' AS email FROM range(1000000000000)"
    const rows = { ...(await filesOf('csv', from, { columns: ['id', 'email'] })), query }
    const dir = bench.path('rejects')
    await mkdir(dir)
    const leaving = new AbortController()
    const options = { limits, tempDir, signal: leaving.signal, path: join(dir, 'r.csv'), hashed: false }
    const ended = messageOf(listFileRejects(rows, options))
    await vi.waitFor(async () => expect(await readdir(dir)).toHaveLength(1), 180_000)
    leaving.abort(new Error('enough'))
    await ended
    expect(await readdir(dir)).toEqual([])
  })

  it('may have so many terms, and no more', async () => {
    await using bench = await Workbench.open()
    expect(await messageOf(previewQuery(await optionsOf(bench, TERMS)))).toBe('no error')
    const few = await optionsOf(bench, TERMS, { queryNodesMax: 5_000 })
    expect(await messageOf(previewQuery(few))).toMatch(/more than 5,000 terms.*queryNodesMax/)
    const rows = await filesOf('csv', few.from, { columns: ['id', 'email'], query: TERMS })
    await using narrow = await Workbench.open({ queryNodesMax: 5_000 })
    expect(await messageOf(narrow.run(rows))).toContain('queryNodesMax')
  })

  it('knows nothing of the environment, which holds secrets, but the time zone', async () => {
    await using bench = await Workbench.open()
    const { pid, env } = process
    const { TZ } = env
    Object.assign(env, { PINTEREST_APP_SECRET: 'planted-secret', TZ: 'Asia/Tokyo' })
    onTestFinished(() => {
      delete env['PINTEREST_APP_SECRET']
      if (TZ === undefined) delete env['TZ']
      else env['TZ'] = TZ
    })
    const leaving = new AbortController()
    const { from, tempDir, limits } = await optionsOf(bench, ENDLESS)
    const rows = { ...(await filesOf('csv', from, { columns: ['id', 'email'] })), query: ENDLESS }
    const ended = countFiles(rows, { tempDir, limits, signal: leaving.signal }).catch(
      (error: unknown) => error,
    )
    await vi.waitFor(() => expect(childrenOf(pid)).toHaveLength(1), 180_000)
    const environment = await readFile(`/proc/${childrenOf(pid)[0]}/environ`, 'utf8')
    expect(environment).not.toContain('planted-secret')
    expect(environment).toContain('TZ=Asia/Tokyo')
    const enough = new Error('enough')
    leaving.abort(enough)
    // Not that it was killed, which no one else did.
    expect(await ended).toBe(enough)
  })

  it('leaves to the next one what it compiled, though it never ends by itself', async () => {
    await using bench = await Workbench.open()
    const { from, tempDir, query } = await optionsOf(bench, 'SELECT email FROM input')
    const env = { NODE_COMPILE_CACHE: bench.path('cache') }
    const args = [...from, tempDir, query]
    expect(await runProgram('test/engines/child-owner.ts', args, { env })).toMatchObject({ code: 0 })
    const compiled = await Promise.all(
      (await allFiles(env.NODE_COMPILE_CACHE)).map((path) => readFile(path, 'latin1')),
    )
    // Its owner never loads the engine.
    expect(compiled.filter((code) => code.includes('DuckDBAppender'))).not.toEqual([])
  })

  it.each([
    ['locked-query.ts', 'lockSession({}, { query: "SELECT 1" }, {})', 'SQL that people wrote runs'],
    ['scan-sql.ts', 'parquetFiles(["in.parquet"])', 'Parquet files are read'],
  ])(
    'runs in no process that is not there for it, as little as Parquet is read: %s',
    async (file, call, what) => {
      const place = pathToFileURL(join(CHECKOUT, 'src/engines/local/duckdb', file)).href
      const script = `import { ${call.replace(/\(.*/, '')} } from '${place}'
      const ended = await (async () => ${call})().then(() => 'ran', (error) => error.message)
      process.stdout.write(ended)`
      const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script])
      expect(stdout).toBe(`${what} in a child process alone`)
    },
  )

  it('over a Parquet file that the engine breaks down over ends as a damaged source, and so does a run without SQL', async () => {
    await using bench = await Workbench.open()
    const bad = await bench.write('bad.parquet', deadlyParquet())
    // Else this test proves nothing.
    expect(await endOfReading(bad)).toBe('SIGSEGV')
    const good = bench.path('good.parquet')
    await writeParquet(good, ['a@example.com'])
    const refusal = /^source_damaged: .*bad\.parquet" is a damaged Parquet file: its pages cannot be read\./
    const where = "SELECT email FROM input WHERE email LIKE '%1%'"
    for (const query of [null, where]) {
      const rows = await filesOf('parquet', [good, bad], { query })
      expect(await messageOf(bench.run(rows))).toMatch(refusal)
      const { spoolDir } = await bench.run(await filesOf('parquet', [good]))
      const sample = { rows, hashed: false, spoolDir, count: 3, signal: new AbortController().signal }
      expect(await messageOf(bench.engine.sampleArrivals(sample))).toMatch(/^query_failed: .*SIGSEGV/)
    }
    const options = { ...(await optionsOf(bench, where)), from: [good, bad] }
    expect(await messageOf(previewQuery(options))).toMatch(refusal)
    expect(await messageOf(countRows(options))).toMatch(refusal)
  })

  it('of one person keeps no other person waiting', async () => {
    await using bench = await Workbench.open()
    const leaving = new AbortController()
    const endless = { ...(await optionsOf(bench, UNBOUND)), signal: leaving.signal }
    const blocked = Promise.allSettled(Array.from({ length: 6 }, () => previewQuery(endless)))
    await vi.waitFor(() => expect(childrenOf(process.pid)).toHaveLength(2), 180_000)
    const other = { ...(await optionsOf(bench, 'SELECT email FROM input')), owner: 'another' }
    expect((await previewQuery(other)).rows).toHaveLength(2)
    leaving.abort(new Error('enough'))
    await blocked
  })
})

it('places are given in order, so many in all and so many to each owner', async () => {
  const places = new Places()
  const { signal } = new AbortController()
  const ends = Array.from({ length: 6 }, () => Promise.withResolvers<number>())
  const begun: number[] = []
  const enter = async (index: number, owner: string, left = signal) =>
    places.pass(owner, { signal: left, all: 3, each: 2 }, async () => {
      begun.push(index)
      return ends[index]?.promise ?? 0
    })
  const leaver = new AbortController()
  const works = [enter(0, 'a'), enter(1, 'a'), enter(2, 'a'), enter(3, 'b'), enter(4, 'b', leaver.signal)]
  const last = enter(5, 'c')
  await vi.waitFor(() => expect(begun).toEqual([0, 1, 3]))
  const left = messageOf(works[4] as Promise<number>)
  leaver.abort(new Error('left'))
  expect(await left).toContain('internal_error')
  ends[3]?.resolve(3)
  await vi.waitFor(() => expect(begun).toEqual([0, 1, 3, 5]))
  ends[1]?.reject(new Error('failed'))
  await expect(works[1]).rejects.toThrow('failed')
  await vi.waitFor(() => expect(begun).toEqual([0, 1, 3, 5, 2]))
  for (const { resolve } of ends) resolve(7)
  expect(await Promise.all([works[0], works[2], works[3], last])).toEqual([7, 7, 3, 7])
  await expect(enter(0, 'a', leaver.signal)).rejects.toThrow('left')
})
