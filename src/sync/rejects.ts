/** Where the invalid rows of a workflow are kept for download. */

export const REJECTS_FILE = 'rejects.csv'

export function rejectsFolder(workflowId: string): string {
  return `rejects/${workflowId}`
}
