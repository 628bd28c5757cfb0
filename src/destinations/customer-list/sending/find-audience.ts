import type { Audience, PinterestClient } from '../../../pinterest/client.ts'
import type { SyncRun } from '../run.ts'

/** The audience of a list: the held one, else one that was made from the list, which is held from now on. Null for none. */
export async function findAudience(
  run: SyncRun,
  pinterest: PinterestClient,
  pinterestListId: string,
): Promise<Audience | null> {
  return (await heldAudience(run, pinterest)) ?? audienceMadeFrom(run, pinterest, pinterestListId)
}

async function heldAudience(run: SyncRun, pinterest: PinterestClient): Promise<Audience | null> {
  const { audience_id: held } = await run.record.get()
  if (held === null) return null
  const found = await pinterest.getAudience(run.inputs.adAccountId, held)
  if (found !== null) return found.body
  await run.log(
    `Audience ${held} no longer exists; looking for another one created from this list`,
    'warning',
  )
  return null
}

/** Looks through the audiences of the ad account for one that was made from this list. */
export async function audienceMadeFrom(
  run: SyncRun,
  pinterest: PinterestClient,
  pinterestListId: string,
): Promise<Audience | null> {
  for await (const audience of pinterest.listAudiences(run.inputs.adAccountId)) {
    if (audience.customerListId !== pinterestListId) continue
    await run.record.holdAudience(audience.id)
    return audience
  }
  return null
}
