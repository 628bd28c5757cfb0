import type { RawValue } from '../records/record.ts'
import { queryFailed } from './errors.ts'
import { openSession } from './session.ts'
import type { Session, SessionOptions } from './session.ts'

/** Settings that keep rows in the order of their source. */
export const inOrder = Object.freeze({ threads: '1', preserve_insertion_order: 'true' })

/** The texts of one column, in the order of the source. */
export async function* streamTexts(
  options: SessionOptions,
  prepare: (session: Session) => Promise<string>,
): AsyncGenerator<RawValue[], void, void> {
  const session = await openSession({ ...options, settings: inOrder })
  try {
    yield* session.texts(await prepare(session))
  } catch (error) {
    options.signal.throwIfAborted()
    throw queryFailed(error, 'The source cannot be read')
  } finally {
    await session.close()
  }
}
