import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { newId } from '../../base/ids.ts'
import type { Home } from '../../store/home.ts'
import type { Store } from '../../store/store.ts'
import { deleteStoredExcept } from '../../store/stored-files.ts'
import { changeRefOf, countsOf, spooledOf, spoolName } from './change-ref.ts'
import type {
  BatchRange,
  Change,
  ChangeRef,
  Compared,
  CompareOptions,
  EngineRun,
  Folded,
  FoldOptions,
  RunOptions,
  SampleOptions,
  SetRef,
  Staged,
  StageOptions,
  StageRef,
  SweepOptions,
  Work,
} from '../contract.ts'
import type { FolderEngine } from './folders.ts'
import {
  isDamage,
  namingList,
  openSpool,
  openTold,
  shareCompared,
  shareSets,
  withSoundSets,
} from './sound-sets.ts'
import type { HashSets } from './sound-sets.ts'
import { readBatch } from './spool.ts'
import { deleteFolders, isOfRun, keptFolders, LOOK, namesIn, stageDir } from './whereabouts.ts'

/** What the local engine stands on. */
export interface LocalParts {
  readonly folders: FolderEngine
  readonly home: Pick<Home, 'ledgerDir' | 'workDir'>
  readonly store: Pick<Store, 'db' | 'isShared'>
}

/** A run of the local engine. What it makes for good lies in the folder of the list, and what a look makes in one of its own. */
export class LocalRun implements EngineRun {
  private readonly parts: LocalParts
  private readonly options: RunOptions
  private readonly sets: Omit<HashSets, 'work'>
  /** Folder of this run alone, by its name. */
  private readonly name: string
  /** Sets and spools that a look made. */
  private readonly made = new Set<string>()
  private readonly spools = new Map<ChangeRef, Promise<string>>()
  private readonly mending = new Map<ChangeRef, Promise<string>>()

  constructor(parts: LocalParts, options: RunOptions) {
    const { list, id, lock } = options
    const { home, store } = parts
    this.parts = parts
    this.options = options
    this.name = lock === null ? `${LOOK}${id}` : id
    const listDir = join(home.ledgerDir, list.id)
    const ownDir = (name: string): string | null => (this.made.has(name) ? this.placeOf(name) : null)
    const fetchDir = lock === null ? join(this.dir, list.id) : listDir
    this.sets = { list, store, listDir, fetchDir, ownDir }
  }

  async stage(options: StageOptions): Promise<Staged> {
    const stage = this.name as StageRef
    const { folders } = this.parts
    const prepared = await folders.prepare({
      ...options,
      stageDir: this.stageDir(stage),
      durable: this.isKept,
    })
    return { ...prepared, stage }
  }

  async compare({ stage, before, onProgress, ...work }: CompareOptions): Promise<Compared> {
    const own = { ...this.sets, work }
    const [set = '', spool = ''] = this.newSets(1).flatMap((name) => [name, spoolName({ set: name })])
    const compared = await withSoundSets(own, async (sets) =>
      this.parts.folders.compare({
        stageDir: this.stageDir(stage),
        ...(await openTold(sets, before)),
        desiredDir: this.placeOf(set),
        spoolDir: this.placeOf(spool),
        durable: this.isKept,
        signal: work.signal,
        onProgress,
      }),
    )
    const { addsByBucket: adds, removesByBucket: removes, ...counts } = compared
    const change = changeRefOf({ set, adds, removes })
    if (this.isKept) await shareCompared(own, { change, members: counts.members })
    else this.made.add(set).add(spool)
    return { ...counts, desired: set as SetRef, change }
  }

  async readBatch(change: Change, batch: BatchRange, work: Work): Promise<string> {
    const counts = countsOf(spooledOf(change.ref), batch.operation)
    return namingList(this.sets, async () => {
      try {
        return await readBatch(await this.openedSpool(change, work), counts, batch)
      } catch (error) {
        if (!isDamage(error)) throw error
        return readBatch(await this.mendedSpool(change, work), counts, batch)
      }
    })
  }

  async fold({ change, confirmed, unanswered, ...work }: FoldOptions): Promise<Folded> {
    const own = { ...this.sets, work }
    const [told = '', unsure = ''] = this.newSets(2)
    const { adds: addsByBucket, removes: removesByBucket } = spooledOf(change.ref)
    const folded = await withSoundSets(own, async (sets) =>
      this.parts.folders.fold({
        ...(await openTold(sets, change.before)),
        spoolDir: await openSpool(sets, change),
        addsByBucket,
        removesByBucket,
        confirmed,
        unanswered,
        newToldDir: this.placeOf(told),
        newUnsureDir: this.placeOf(unsure),
        signal: work.signal,
      }),
    )
    if (this.isKept) await shareSets(own, [told, unsure])
    else this.made.add(told).add(unsure)
    return {
      told: { ref: told as SetRef, members: folded.told },
      unsure: { ref: unsure as SetRef, members: folded.unsure },
    }
  }

  async sample({ change, ...options }: SampleOptions): Promise<string[]> {
    const { folders } = this.parts
    const spoolDir = await this.openedSpool(change, options)
    return namingList(this.sets, () => folders.sampleArrivals({ ...options, spoolDir }))
  }

  async dropStage(stage: StageRef): Promise<void> {
    await deleteFolders(this.parts.home.workDir, [stage])
  }

  async sweep({ kept, stages, runsOfList }: SweepOptions): Promise<void> {
    const { list, lock } = this.options
    if (lock === null) throw new TypeError('a look deletes nothing of others')
    const { home, store } = this.parts
    const keep = keptFolders(kept)
    if (store.isShared) await deleteStoredExcept(lock, list.id, [...keep])
    const names = await namesIn(this.sets.listDir)
    await deleteFolders(
      this.sets.listDir,
      names.filter((name) => !keep.has(name)),
    )
    const staged = new Set<string>(stages)
    const here = (await readdir(home.workDir)).filter((name) => isOfRun(name) && !staged.has(name))
    if (here.length > 0) await deleteFolders(home.workDir, await runsOfList(here))
  }

  async close(): Promise<void> {
    // Another machine may go on with the run, and then what is staged here is out of date.
    if (!this.isKept || this.parts.store.isShared) await rm(this.dir, { recursive: true, force: true })
  }

  private get isKept(): boolean {
    return this.options.lock !== null
  }

  private get dir(): string {
    return join(this.parts.home.workDir, this.name)
  }

  private stageDir(stage: StageRef): string {
    return stageDir(this.parts.home, stage)
  }

  /** Names that nothing has yet. */
  private newSets(count: number): string[] {
    return Array.from({ length: count }, () => newId('sn'))
  }

  /** Where what this run makes lies, by its name. */
  private placeOf(name: string): string {
    return join(this.isKept ? this.sets.listDir : this.dir, name)
  }

  /** Looked for once in a run, since every batch is read from it. */
  private openedSpool(change: Change, work: Work): Promise<string> {
    return (
      this.spools.get(change.ref) ??
      this.remember(
        change.ref,
        withSoundSets({ ...this.sets, work }, (sets) => openSpool(sets, change)),
      )
    )
  }

  /** Batches that find the same damage at the same time have it mended once. */
  private mendedSpool(change: Change, work: Work): Promise<string> {
    const { ref } = change
    const under = this.mending.get(ref)
    if (under !== undefined) return under
    const mending = openSpool({ ...this.sets, work, isThorough: true }, change).finally(() => {
      this.mending.delete(ref)
    })
    this.mending.set(ref, mending)
    return this.remember(ref, mending)
  }

  private remember(ref: ChangeRef, opening: Promise<string>): Promise<string> {
    this.spools.set(ref, opening)
    // What failed to open is tried again at the next use.
    opening.catch(() => this.spools.delete(ref))
    return opening
  }
}
