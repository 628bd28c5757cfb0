import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { rejectPart, stagePart } from '../hashes/layout.ts'
import { bucketNames } from '../folders.ts'
import { LINE_BYTES } from '../hashes/hex.ts'
import { Tally } from '../records/tally.ts'
import { literal } from './sql.ts'
import { invalidVerdicts, verdictSql } from './verdict-sql.ts'

/** Bytes of the line that stands for one invalid value. */
const INVALID_LINE_BYTES = 2

/** A statement that stages the rows of one VARCHAR column `v`: a folder a bucket, and one a reason. */
export function stageSql(rows: string, hashed: boolean, folder: string): string {
  return `COPY (${verdictSql(rows, hashed)}) TO ${literal(folder)} (FORMAT csv, HEADER false, QUOTE '', PARTITION_BY (part))`
}

/** Counts what was staged by the sizes of the files, and removes what stands for invalid values. */
export async function settleStage(folder: string): Promise<Tally> {
  const tally = new Tally()
  await mkdir(folder, { recursive: true })
  for (const bucket of bucketNames)
    tally.valid += (await bytesIn(join(folder, stagePart(bucket)))) / LINE_BYTES
  for (const [index, { reason, form }] of invalidVerdicts.entries()) {
    const part = join(folder, rejectPart(index))
    tally.invalid(reason, (await bytesIn(part)) / INVALID_LINE_BYTES, form)
    await rm(part, { recursive: true, force: true })
  }
  return tally
}

async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => [])
  const files = await Promise.all(names.map((name) => stat(join(folder, name))))
  return files.reduce((sum, { size }) => sum + size, 0)
}
