import { isRollcallError, RollcallError } from '../../../base/rollcall-error.ts'
import { count } from '../../../base/words.ts'
import { askForAudience, getList, holdAudience } from '../../../ledger/lists.ts'
import type { Audience, PinterestClient } from '../../../pinterest/client.ts'
import { isAnswerLost } from '../../../pinterest/errors.ts'
import { audienceMadeFrom, findAudience } from '../sending/find-audience.ts'
import { lookForMade, LOOKS_AFTER_LOST_ANSWER } from '../sending/look-for.ts'
import type { SyncOutputs, SyncRun } from '../run.ts'
import { tooFew } from '../judging/too-few.ts'
import { judged } from '../judging/verdict.ts'

/** Finds the audience made from the list, or creates one with the list's name. A list serves ads only through an audience. */
export async function attachAudience(run: SyncRun): Promise<SyncOutputs['attach_audience']> {
  const pinterest = await run.services.pinterest(run.signal)
  const listId = run.output('add').id
  const { members } = run.output('compare')
  const { audienceMin: minimum } = judged(run).verdict
  const existing = await findAudience(run, pinterest, listId)
  if (existing !== null) {
    if (members < minimum) {
      await run.log(
        `The list holds ${count(members)} members; Pinterest shows ads only to ${minimum} or more`,
        'warning',
      )
    }
    return { audience: { id: existing.id, name: existing.name, created: false } }
  }
  if (members < minimum && run.inputs.sampleMembers !== null) {
    await run.log(
      `The sample has ${count(members)} members; an audience needs at least ${minimum}`,
      'warning',
    )
    return { audience: null }
  }
  if (members < minimum)
    throw tooFew(run.output('prepare'), members, {
      minimum,
      so: '; the list is in step but has no audience yet',
    })
  const made = await createAudience(run, pinterest, listId)
  return { audience: { id: made.id, name: made.name, created: true } }
}

/** Making an audience is not idempotent: after a lost answer, looks whether it was made before trying again. */
async function createAudience(
  run: SyncRun,
  pinterest: PinterestClient,
  pinterestListId: string,
): Promise<Audience> {
  const look = () => audienceMadeFrom(run, pinterest, pinterestListId)
  const { audience_asked_at: askedAt } = await getList(run.db, run.listId)
  const asked = askedAt === null ? null : await lookForMade(run, look)
  if (asked !== null) return asked
  let lost: unknown = null
  for (let tries = 0; tries < LOOKS_AFTER_LOST_ANSWER; tries += 1) {
    const made = lost === null ? null : await look()
    if (made !== null) return made
    // The client repeats no making by itself, so that it counts none.
    if (lost !== null) run.services.counts.retries += 1
    await askForAudience(run.db, run.listId, true)
    try {
      const answer = await pinterest.createAudience(run.inputs.adAccountId, {
        name: run.inputs.list,
        customerListId: pinterestListId,
      })
      await holdAudience(run.db, run.listId, answer.body.id)
      await run.log(`Audience ${answer.body.id} created from the list`)
      return answer.body
    } catch (error) {
      // Cut off by ourselves it is still on its way, as if the process had died: the process that goes on waits for it.
      if (run.signal.aborted) throw error
      await askForAudience(run.db, run.listId, false)
      if (!isAnswerLost(error)) throw await explainRefusal(run, pinterest, pinterestListId, error)
      lost = error
    }
  }
  throw lost
}

/** A list with enough addresses may have too few people whom Pinterest knows, or may not be processed yet. */
async function explainRefusal(
  run: SyncRun,
  pinterest: PinterestClient,
  pinterestListId: string,
  error: unknown,
): Promise<unknown> {
  if (!isRollcallError(error) || error.code !== 'pinterest_refused') return error
  const list = await pinterest.getCustomerList(run.inputs.adAccountId, pinterestListId)
  const { status } = list?.body ?? { status: '' }
  if (status === 'PROCESSING' || status === 'UPLOADING') {
    const data = { list: run.inputs.list, listId: pinterestListId }
    return new RollcallError('still_processing', data, { cause: error, passing: true })
  }
  if (status !== 'TOO_SMALL') return error
  const { members } = run.output('compare')
  const detail = `Pinterest found too few of its users among the ${count(members)} members of the list`
  return new RollcallError(
    'not_enough_records',
    { detail, minimum: judged(run).verdict.audienceMin },
    { cause: error },
  )
}
