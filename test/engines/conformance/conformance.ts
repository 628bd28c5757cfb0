import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import type { Kysely } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { changeSet, fold } from '../../../src/members/algebra.ts'
import { maskEmail } from '../../../src/members/mask.ts'
import { defaultLimits } from '../../../src/base/limits.ts'
import { newId } from '../../../src/base/ids.ts'
import type { BatchRange, Change, Engine, EngineRun, MemberSet, Told } from '../../../src/engines/contract.ts'
import type { From } from '../../../src/sources/from.ts'
import { openSource } from '../../../src/sources/open-source.ts'
import type { Tables } from '../../../src/store/schema.ts'
import { emailCases, hashCases } from '../../conformance/emails.ts'
import { sha256 } from '../workbench.ts'

/** What the suite needs of an engine that it is run on. */
export interface TestedEngine {
  /** Opens the engine, as a process does that starts. What earlier ones kept is there. */
  open(): Engine
  /** Whether a process that starts later goes on with what an earlier one has staged. */
  readonly keepsStages: boolean
  /** The engine on another machine that uses the same database; null when only one machine can. */
  elsewhere(): Promise<Engine | null>
  /** A source with these values in its column `email`, of the kind that the engine is for. */
  sourceOf(values: readonly (string | null)[]): Promise<From>
  readonly lock: Kysely<Tables>
  close(): Promise<void>
}

const signal = new AbortController().signal
const work = { signal, onProgress: () => undefined }
const nothingTold: Told = { told: null, unsure: null }
const wellFormed = ({ raw }: { readonly raw: string | null }) => raw === null || raw.isWellFormed()
const emails = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => `p${from + index}@example.com`)
const hashesOf = (values: readonly string[]) => values.map(sha256).toSorted()

interface CompareInputs {
  readonly before?: Told
  readonly hashed?: boolean
  readonly membersMax?: number | null
}

/** One list of an engine, and one run of it. */
class Bench {
  readonly tested: TestedEngine
  readonly engine: Engine
  readonly list = { id: newId('cl'), name: 'VIP' }
  readonly id = newId('wf')
  readonly run: EngineRun

  constructor(tested: TestedEngine) {
    this.tested = tested
    this.engine = tested.open()
    this.run = this.open()
  }

  open(options: { readonly isLook?: boolean; readonly id?: string } = {}, engine = this.engine): EngineRun {
    const { isLook = false, id = this.id } = options
    return engine.openRun({ list: this.list, id, lock: isLook ? null : this.tested.lock })
  }

  async rowsOf(values: readonly (string | null)[]) {
    const from = await this.tested.sourceOf(values)
    const options = { from, query: null, emailColumn: 'email', limits: defaultLimits, signal, cwd: '/' }
    return (await openSource(options)).rows
  }

  async stage(values: readonly (string | null)[], options: CompareInputs = {}, run = this.run) {
    const rows = await this.rowsOf(values)
    const { hashed = false, membersMax = null } = options
    return run.stage({ ...work, rows, hashed, membersMax, rejectsFile: null })
  }

  /** Stages and compares. */
  async compare(values: readonly (string | null)[], options: CompareInputs = {}, run = this.run) {
    const { before = nothingTold } = options
    const staged = await this.stage(values, options, run)
    const compared = await run.compare({ ...work, stage: staged.stage, before })
    const { change: ref, desired, members } = compared
    const change: Change = { ref, desired: { ref: desired, members }, before }
    return { ...staged, ...compared, change }
  }

  /** A set of these members, as the ledger knows it. */
  async setOf(values: readonly string[], run = this.run): Promise<MemberSet> {
    return (await this.compare(values, { hashed: true }, run)).change.desired
  }

  /** What a set holds, found by a comparison of nothing with it. */
  async contentOf(set: MemberSet, run = this.run): Promise<string[]> {
    const compared = await this.compare([], { before: { told: set, unsure: null } }, run)
    return read(run, compared.change, 'remove', compared.removed)
  }
}

async function read(
  run: EngineRun,
  change: Change,
  operation: BatchRange['operation'],
  count: number,
): Promise<string[]> {
  const text = await run.readBatch(change, { operation, first: 0, count }, { signal })
  return text === '' ? [] : text.split(',')
}

/** Declares the tests of everything that an engine promises. */
export function conformsToContract(opens: () => Promise<TestedEngine>): void {
  let tested: TestedEngine
  beforeAll(async () => {
    tested = await opens()
  })
  afterAll(() => tested.close())

  it.each([
    ['addresses', emailCases, false],
    ['hashes', hashCases, true],
  ] as const)('gives the verdicts and hashes of the table: %s', async (_what, all, hashed) => {
    const bench = new Bench(tested)
    const cases = all.filter(wellFormed)
    const compared = await bench.compare(
      cases.map(({ raw }) => raw),
      { hashed },
    )
    const reasons = cases.flatMap(({ reason }) => reason ?? [])
    const hashes = cases.flatMap(({ hash }) => hash ?? [])
    expect(compared).toMatchObject({
      received: cases.length,
      invalid: reasons.length,
      valid: hashes.length,
      members: new Set(hashes).size,
      duplicates: hashes.length - new Set(hashes).size,
    })
    for (const [reason, count] of Object.entries(compared.invalidByReason))
      expect([reason, count]).toEqual([reason, reasons.filter((one) => one === reason).length])
    const found = await read(bench.run, compared.change, 'add', compared.added)
    expect(found.toSorted()).toEqual([...new Set(hashes)].toSorted())
  })

  it('compares and folds as the laws on sets say', async () => {
    const bench = new Bench(tested)
    const members = fc.uniqueArray(fc.integer({ min: 0, max: 40 }).map((one) => sha256(`${one}`)))
    const cuts = fc.array(
      fc.record({ size: fc.integer({ min: 1, max: 9 }), fate: fc.integer({ min: 0, max: 2 }) }),
      {
        minLength: 1,
        maxLength: 8,
      },
    )
    await fc.assert(
      fc.asyncProperty(members, members, members, cuts, async (desired, told, doubted, drawn) => {
        const unsure = doubted.filter((one) => !told.includes(one))
        const before = { told: await bench.setOf(told), unsure: await bench.setOf(unsure) }
        const compared = await bench.compare([...desired, ...desired.slice(0, 2)], { before, hashed: true })
        const sets = { told: new Set(told), unsure: new Set(unsure) }
        const wanted = changeSet(new Set(desired), sets)
        const adds = await read(bench.run, compared.change, 'add', compared.added)
        const removes = await read(bench.run, compared.change, 'remove', compared.removed)
        expect(adds.toSorted()).toEqual(wanted.adds)
        expect(removes.toSorted()).toEqual(wanted.removes)
        expect(compared).toMatchObject({
          members: desired.length,
          duplicates: Math.min(2, desired.length),
          unchanged: desired.length - wanted.adds.length,
        })
        const content = await bench.contentOf(compared.change.desired)
        expect(content.toSorted()).toEqual(desired.toSorted())
        const answers = answersOf(drawn, { add: adds.length, remove: removes.length })
        const folded = await bench.run.fold({ ...work, change: compared.change, ...answers })
        const after = fold(sets, { adds, removes }, answers)
        expect((await bench.contentOf(folded.told)).toSorted()).toEqual([...after.told].toSorted())
        expect((await bench.contentOf(folded.unsure)).toSorted()).toEqual([...after.unsure].toSorted())
        expect(folded.told.members).toBe(after.told.size)
        expect(folded.unsure.members).toBe(after.unsure.size)
      }),
      { numRuns: 6 },
    )
  })

  it('cuts a change into the same batches whenever it is asked, also by a process that starts later', async () => {
    const bench = new Bench(tested)
    const told = await bench.setOf(hashesOf(emails(30)))
    const { change } = await bench.compare(emails(60, 10), { before: { told, unsure: null } })
    const stored = JSON.parse(JSON.stringify(change)) as Change
    const later = bench.open({}, tested.open())
    for (const [operation, count] of [
      ['add', 40],
      ['remove', 10],
    ] as const) {
      const whole = await read(bench.run, change, operation, count)
      expect(new Set(whole).size).toBe(count)
      expect(await read(later, stored, operation, count)).toEqual(whole)
      const batches: string[] = []
      for (let first = 0; first < count; first += 7) {
        const batch = { operation, first, count: Math.min(7, count - first) }
        batches.push(await later.readBatch(stored, batch, { signal }))
      }
      expect(batches.join(',')).toBe(whole.join(','))
    }
  })

  it('keeps no more than the members asked for of a sample, which are always the same', async () => {
    const bench = new Bench(tested)
    const options = { membersMax: 5 }
    const compared = await bench.compare([...emails(40), ...emails(3), 'nothing'], options)
    expect(compared).toMatchObject({ received: 44, invalid: 1, distinct: 40, members: 5 })
    const found = await read(bench.run, compared.change, 'add', 5)
    expect(found.toSorted()).toEqual(hashesOf(emails(40)).slice(0, 5))
  })

  it('replaces what a run staged before, and has nothing staged once that is dropped', async () => {
    const bench = new Bench(tested)
    await bench.stage(emails(9))
    const { stage } = await bench.stage(emails(3))
    const { members } = await bench.run.compare({ ...work, stage, before: nothingTold })
    expect(members).toBe(3)
    await bench.run.dropStage(stage)
    expect(await bench.engine.hasStage(stage)).toBe(false)
  })

  it('has staged rows for a later process, or says that it has not', async () => {
    const bench = new Bench(tested)
    const { stage } = await bench.stage(emails(4))
    const later = tested.open()
    expect(await later.hasStage(stage)).toBe(tested.keepsStages)
    if (!tested.keepsStages) return
    const run = bench.open({}, later)
    expect(await run.compare({ ...work, stage, before: nothingTold })).toMatchObject({ members: 4 })
  })

  it('hands out what every machine can open that uses the database', async () => {
    const bench = new Bench(tested)
    const told = await bench.setOf(hashesOf(emails(10)))
    const { change, desired } = await bench.compare(emails(12, 3), { before: { told, unsure: null } })
    const fates = { confirmed: [{ operation: 'add', first: 0, count: 2 } as const], unanswered: [] }
    const folded = await bench.run.fold({ ...work, change, ...fates })
    const elsewhere = await tested.elsewhere()
    if (elsewhere === null) return
    const there = bench.open({}, elsewhere)
    expect(await read(there, change, 'add', 5)).toEqual(await read(bench.run, change, 'add', 5))
    expect(await bench.contentOf({ ref: desired, members: 12 }, there)).toHaveLength(12)
    expect(await bench.contentOf(folded.told, there)).toHaveLength(12)
  })

  it('deletes what is not named, of this list alone', async () => {
    const bench = new Bench(tested)
    const other = new Bench(tested)
    const apart = await other.setOf(hashesOf(emails(2)))
    const { stage } = await other.stage(emails(3))
    const goesOnId = newId('wf')
    const goesOn = bench.open({ id: goesOnId })
    const { stage: staged } = await bench.stage(emails(4), {}, goesOn)
    const told = await bench.setOf(hashesOf(emails(10)))
    const before = { told, unsure: null }
    const named = await bench.compare(emails(12, 3), { before })
    const unnamed = await bench.compare(emails(5), { before })
    await bench.run.sweep({
      kept: { sets: [told.ref, named.desired], changes: [named.change.ref] },
      stages: [staged],
      runsOfList: async (ids) => ids.filter((id) => [bench.id, goesOnId].includes(id)),
    })
    expect(await bench.engine.hasStage(unnamed.stage)).toBe(false)
    // What other runs have staged is there: that of another list, and that which was named.
    const whole = { ...work, before: nothingTold }
    expect(await other.run.compare({ ...whole, stage })).toMatchObject({ members: 3 })
    expect(await goesOn.compare({ ...whole, stage: staged })).toMatchObject({ members: 4 })
    const later = bench.open({}, tested.open())
    expect(await read(later, named.change, 'add', named.added)).toHaveLength(named.added)
    expect(await bench.contentOf(told, later)).toHaveLength(10)
    await expect(bench.contentOf(unnamed.change.desired, later)).rejects.toMatchObject({
      code: 'ledger_damaged',
      data: { list: 'VIP' },
    })
    expect(await other.contentOf(apart)).toHaveLength(2)
  })

  it('keeps nothing of a look, and nothing of the list is touched by it', async () => {
    const bench = new Bench(tested)
    const told = await bench.setOf(hashesOf(emails(20)))
    const { change } = await bench.compare(emails(25, 5), { before: { told, unsure: null } })
    const look = bench.open({ isLook: true, id: newId('wf') })
    const confirmed = [{ operation: 'add', first: 0, count: 4 } as const]
    const folded = await look.fold({ ...work, change, confirmed, unanswered: [] })
    const compared = await bench.compare(emails(8), { before: folded }, look)
    expect(compared).toMatchObject({ members: 8, added: 0, removed: 16, unchanged: 8 })
    expect(await read(look, compared.change, 'remove', 16)).toHaveLength(16)
    const kept = { sets: [], changes: [] }
    await expect(look.sweep({ kept, stages: [], runsOfList: async () => [] })).rejects.toThrow(TypeError)
    await look.close()
    await expect(
      look.compare({ ...work, stage: compared.stage, before: nothingTold }),
    ).rejects.toBeInstanceOf(Error)
    const later = bench.open({}, tested.open())
    expect(await later.readBatch(change, { operation: 'add', first: 0, count: 1 }, { signal })).toMatch(
      /^[0-9a-f]{64}$/,
    )
    expect(await bench.contentOf(told, later)).toHaveLength(20)
    await expect(bench.contentOf(folded.told, later)).rejects.toMatchObject({ code: 'ledger_damaged' })
  })

  it('takes no set for another one', async () => {
    const bench = new Bench(tested)
    const told = await bench.setOf(hashesOf(emails(10)))
    const wrong = { told: { ...told, members: 11 }, unsure: null }
    await expect(bench.compare(emails(1), { before: wrong })).rejects.toMatchObject({
      code: 'ledger_damaged',
      data: { list: 'VIP' },
    })
  })

  it('ends with the reason of an abort, and what was there is as it was', async () => {
    const bench = new Bench(tested)
    const told = await bench.setOf(hashesOf(emails(10)))
    const before = { told, unsure: null }
    const { change, stage } = await bench.compare(emails(12), { before })
    const stopped = { ...work, signal: AbortSignal.abort(new Error('stop')) }
    const rows = await bench.rowsOf(emails(3))
    const options = { rows, hashed: false, membersMax: null, rejectsFile: null }
    await expect(bench.run.stage({ ...stopped, ...options })).rejects.toThrow('stop')
    await expect(bench.run.compare({ ...stopped, stage, before })).rejects.toThrow('stop')
    const fates = { confirmed: [], unanswered: [] }
    await expect(bench.run.fold({ ...stopped, change, ...fates })).rejects.toThrow('stop')
    const later = bench.open({}, tested.open())
    expect(await bench.contentOf(told, later)).toHaveLength(10)
    expect(await read(later, change, 'add', 2)).toHaveLength(2)
  })

  it('shows none in a sample but those who are added, and these masked', async () => {
    const bench = new Bench(tested)
    const told = await bench.setOf(hashesOf(emails(10)))
    const { change } = await bench.compare(emails(30), { before: { told, unsure: null } })
    const options = { rows: await bench.rowsOf(emails(30)), hashed: false, change, count: 3, signal }
    const masked = await bench.run.sample(options)
    expect(masked.length).toBeLessThanOrEqual(3)
    expect(emails(20, 10).map(maskEmail)).toEqual(expect.arrayContaining(masked))
  })

  it('lists invalid rows masked, and refuses to write over a source or any other file', async () => {
    const bench = new Bench(tested)
    const dir = await mkdtemp(join(tmpdir(), 'rollcall-conformance-'))
    try {
      const rejectsFile = join(dir, 'rejects.csv')
      const other = join(dir, 'other.csv')
      await writeFile(other, 'email\n')
      await expect(bench.engine.checkRejects(other, [other])).rejects.toMatchObject({ code: 'wrong_usage' })
      await expect(bench.engine.checkRejects(other, [])).rejects.toMatchObject({ code: 'wrong_usage' })
      await bench.engine.checkRejects(rejectsFile, [other])
      const options = { ...work, hashed: false, membersMax: null, rejectsFile }
      await bench.run.stage({ ...options, rows: await bench.rowsOf([...emails(2), 'no address']) })
      const listed = await readFile(rejectsFile, 'utf8')
      expect(listed).toMatch(/^file,row,result_row,reason,value\n[^\n]+\n$/)
      expect(listed).not.toContain('no address')
    } finally {
      await rm(dir, { recursive: true })
    }
  })

  it('shows, counts, probes and lists what a query may read', async () => {
    const bench = new Bench(tested)
    const from = await tested.sourceOf(emails(7))
    const source = { from, emailColumn: 'email', limits: defaultLimits, signal, cwd: '/', owner: 'local' }
    const look = { ...source, query: null }
    const preview = await bench.engine.preview({ ...look, rowsMax: 5, openColumns: null })
    expect(preview).toMatchObject({ emailColumnProblem: null })
    expect(preview.rows).toHaveLength(5)
    expect(await bench.engine.countRows(look)).toMatchObject({ rowCount: 7, unreadable: 0 })
    expect(await bench.engine.probe(look)).toEqual({ notChecked: null, byOrder: [] })
    await expect(bench.engine.probe({ ...look, emailColumn: 'mail' })).rejects.toMatchObject({
      code: 'missing_email_column',
    })
    const tables = await bench.engine.listTables(look)
    expect(tables.flatMap(({ columns }) => columns.map((column) => column.name))).toContain('email')
  })
}

/** Cuts a change into batches with these fates. */
function answersOf(
  drawn: readonly { readonly size: number; readonly fate: number }[],
  counts: Readonly<Record<BatchRange['operation'], number>>,
): { readonly confirmed: BatchRange[]; readonly unanswered: BatchRange[] } {
  const fates: BatchRange[][] = [[], [], []]
  for (const operation of ['add', 'remove'] as const) {
    let first = 0
    for (const { size, fate } of drawn) {
      const count = Math.min(size, counts[operation] - first)
      if (count > 0) fates[fate]?.push({ operation, first, count })
      first += count
    }
  }
  return { confirmed: fates[1] ?? [], unanswered: fates[2] ?? [] }
}
