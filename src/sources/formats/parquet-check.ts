import { open } from 'node:fs/promises'
import type { FoundFile } from '../source.ts'
import { badFile, damaged, sourceNotFound, systemCodeOf } from './errors.ts'

/** Head, length of the footer, tail: no Parquet file is shorter. */
const BYTES_MIN = 12

/**
 * Refuses what cannot be a whole Parquet file: the format's mark must stand at both ends. Errors: `query_failed` for another
 * format, `source_damaged` for one that was cut off.
 */
export async function checkParquet(file: FoundFile): Promise<void> {
  if (file.bytes < BYTES_MIN) throw damaged(file.name, 'is too short for a Parquet file')
  const [head, tail] = await marks(file).catch((error: unknown) => {
    throw sourceNotFound(`"${file.name}" cannot be read (${systemCodeOf(error) ?? 'unknown reason'}).`)
  })
  if (head === 'PARE' || tail === 'PARE') throw badFile(file.name, 'is an encrypted Parquet file.')
  if (head !== 'PAR1') throw badFile(file.name, 'is not a Parquet file.')
  if (tail !== 'PAR1') throw damaged(file.name, 'is a broken Parquet file: its end is missing')
}

async function marks(file: FoundFile): Promise<readonly [string, string]> {
  const handle = await open(file.path, 'r')
  try {
    const bytes = Buffer.alloc(8)
    await handle.read(bytes, 0, 4, 0)
    await handle.read(bytes, 4, 4, file.bytes - 4)
    return [bytes.toString('latin1', 0, 4), bytes.toString('latin1', 4, 8)]
  } finally {
    await handle.close()
  }
}
