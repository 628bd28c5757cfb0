import { errorCatalogue, fill } from '../../../base/catalogue.ts'
import type { StoredProblem } from '../../../base/workflow-states.ts'
import { count } from '../../../base/words.ts'
import type { AlertTopic, Counts, Fact, WorkflowKind } from '../../../workflow/kind.ts'

/** What cards, alerts and pages say of a run of a customer list. */

const changedElsewhere: AlertTopic = {
  event: 'list_changed_elsewhere',
  title: 'List changed elsewhere',
  about: 'Another person or program changed a customer list, or created a newer list with the same name.',
}

const threshold: AlertTopic = {
  event: 'threshold',
  title: 'Query threshold',
  about: 'A query returned fewer or more rows than its thresholds.',
}

/** Errors and warnings that people may be alerted to, whatever became of the run. */
export const alertsOfList: NonNullable<WorkflowKind['alerts']> = {
  list_changed_elsewhere: changedElsewhere,
  newer_list: changedElsewhere,
  threshold_not_met: threshold,
  threshold_warning: threshold,
}

/** "+1,203 −396, 184,203 members". */
export function countsText(counts: Counts): string {
  const { added = null, removed = null, members = null } = counts
  if (added === null || removed === null || members === null) return 'Completed'
  const changes = added === 0 && removed === 0 ? 'Nothing changed' : `+${count(added)} −${count(removed)}`
  return `${changes}, ${count(members)} ${members === 1 ? 'member' : 'members'}`
}

/** The rows that it read, and what became of the members, as far as they are known. */
export function factsOf(counts: Counts): Fact[] {
  const { rows = null, invalid = null, members = null } = counts
  return [
    ...(rows === null
      ? []
      : [{ label: 'Rows', text: `${count(rows)} received, ${count(invalid ?? 0)} rejected` }]),
    ...(members === null ? [] : [{ label: 'Members', text: countsText(counts) }]),
  ]
}

/** How large the change is that waits for a person; null for another wait. */
export function waitText({ code, data }: StoredProblem): string | null {
  if (code === 'review_needed')
    return `+${shown(data['adds'])} −${shown(data['removes'])} to review. Nothing has been sent.`
  if (code !== 'large_removal' && code !== 'large_addition') return null
  const message = fill(errorCatalogue[code].message, data)
  return message.slice(message.indexOf(': ') + 2)
}

function shown(value: string | number | undefined): string {
  return typeof value === 'number' ? count(value) : (value ?? '?')
}
