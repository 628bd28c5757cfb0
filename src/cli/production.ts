import type { WorkspaceDb } from '../store/workspace.ts'
import type { Services } from '../workflow/services.ts'

/** Production as it stands, where the commands of this machine work: runs whose process is gone are recorded as such first. */
export async function productionOf(services: Pick<Services, 'store'>): Promise<WorkspaceDb> {
  const { inWorkspace, PRODUCTION } = await import('../store/workspace.ts')
  const { noticeInterrupted } = await import('../workflow/subject-lock.ts')
  await noticeInterrupted(services)
  return inWorkspace(services.store.db, PRODUCTION)
}
