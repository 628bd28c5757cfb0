import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { RollcallError } from '../base/rollcall-error.ts'
import type { Tables } from './schema.ts'

/**
 * Files in the database, for every machine that shares it. They are cut into parts, so that a file of any size is never in
 * memory as a whole.
 */

type Db = Kysely<Tables>

const PART_BYTES = 2 ** 20

/** Stores the file at `path` under this name, whole or not at all, and replaces an earlier one. */
export async function storeFile(db: Db, folder: string, name: string, path: string): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await tx.deleteFrom('stored_file').where('folder', '=', folder).where('name', '=', name).execute()
    let isEmpty = true
    for await (const part of partsOf(folder, name, path)) {
      isEmpty = false
      await tx.insertInto('stored_file').values(part).execute()
    }
    if (isEmpty)
      await tx
        .insertInto('stored_file')
        .values(partOf(folder, name, 0, Buffer.alloc(0)))
        .execute()
  })
}

/**
 * Stores files that nothing is stored of yet, and that no one looks for before this has ended. Small ones go together, and
 * of empty ones nothing is stored.
 */
export async function storeFiles(
  db: Db,
  folder: string,
  files: readonly { readonly name: string; readonly path: string }[],
  signal: AbortSignal,
): Promise<void> {
  let parts: Part[] = []
  let bytes = 0
  const flush = async (): Promise<void> => {
    signal.throwIfAborted()
    if (parts.length > 0) await db.insertInto('stored_file').values(parts).execute()
    parts = []
    bytes = 0
  }
  for (const { name, path } of files) {
    for await (const part of partsOf(folder, name, path)) {
      if (bytes + part.bytes.length > PART_BYTES) await flush()
      parts.push(part)
      bytes += part.bytes.length
    }
  }
  await flush()
}

/** The parts of a stored file in order; none when there is no such file. */
export async function* readStoredFile(db: Db, folder: string, name: string): AsyncGenerator<Buffer> {
  for (let part = 0; ; part += 1) {
    const found = await db
      .selectFrom('stored_file')
      .select('bytes')
      .where('folder', '=', folder)
      .where('name', '=', name)
      .where('part', '=', part)
      .executeTakeFirst()
    if (found === undefined) return
    yield found.bytes
    if (found.bytes.length < PART_BYTES) return
  }
}

/** Deletes all files of a folder. */
export async function deleteStored(db: Db, folder: string): Promise<void> {
  await deleteStoredExcept(db, folder, [])
}

/** Parts deleted in one statement, which is to be quick. */
const PARTS_AT_ONCE = 64

/** Deletes the files of a folder, apart from those below the folders `keep` within it. */
export async function deleteStoredExcept(db: Db, folder: string, keep: readonly string[]): Promise<void> {
  for (;;) {
    const { rows } = await sql`
      delete from stored_file where ctid = any(array(
        select ctid from stored_file
        where folder = ${folder} and not split_part(name, '/', 1) = any(${keep}::text[])
        limit ${PARTS_AT_ONCE}
      )) returning 1
    `.execute(db)
    if (rows.length < PARTS_AT_ONCE) return
  }
}

interface Part {
  readonly folder: string
  readonly name: string
  readonly part: number
  readonly bytes: Buffer
}

function partOf(folder: string, name: string, part: number, bytes: Buffer): Part {
  return { folder, name, part, bytes }
}

async function* partsOf(folder: string, name: string, path: string): AsyncGenerator<Part> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    for (let part = 0; part * PART_BYTES < size; part += 1) {
      const bytes = Buffer.allocUnsafe(Math.min(PART_BYTES, size - part * PART_BYTES))
      await fill(file, bytes)
      yield partOf(folder, name, part, bytes)
    }
  } finally {
    await file.close()
  }
}

/** Reads on from where the last reading ended. */
async function fill(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let filled = 0; filled < bytes.length;) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled)
    if (bytesRead === 0)
      throw new RollcallError('internal_error', { detail: 'a file got shorter while it was being stored' })
    filled += bytesRead
  }
}
