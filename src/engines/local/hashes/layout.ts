import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { bucketNames } from '../folders.ts'
import type { BatchRange } from '../../contract.ts'
import { blockFileName } from './block-file.ts'

/** The file of one bucket of a hash set. */
export function hashFile(dir: string, bucket: string): string {
  return join(dir, blockFileName(bucket))
}

/** The file of one bucket of one operation's spool. */
export function spoolFile(dir: string, operation: BatchRange['operation'], bucket: string): string {
  return join(dir, blockFileName(`${operation}s-${bucket}`))
}

/** Folder within a stage that holds the lines of one bucket, named by the code of its digit. */
export function stagePart(bucket: string): string {
  return `part=${bucket.charCodeAt(0)}`
}

/** Folder within a stage that counts the invalid values of one reason; lower numbers than those of buckets. */
export function rejectPart(reason: number): string {
  return `part=${reason}`
}

/** The stage files of one bucket: a stage has a folder a source table, each with a folder a bucket. */
export async function stageFiles(stageDir: string, bucket: string): Promise<string[]> {
  const files: string[] = []
  for (const table of await readdir(stageDir)) {
    const folder = join(stageDir, table, stagePart(bucket))
    const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw error
    })
    files.push(...names.map((name) => join(folder, name)))
  }
  return files
}

/** Does `work` for all buckets, some of them at a time; results in bucket order. */
export async function forBuckets<T>(
  atOnce: number,
  work: (bucket: string, index: number) => Promise<T>,
): Promise<T[]> {
  const results: T[] = []
  let next = 0
  const failures: unknown[] = []
  const lane = async () => {
    while (next < bucketNames.length && failures.length === 0) {
      const index = next
      next += 1
      try {
        results[index] = await work(bucketNames[index] as string, index)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  if (failures.length > 0) throw failures[0]
  return results
}
