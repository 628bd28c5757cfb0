import { actionCatalogue } from '../base/catalogue.ts'
import type { ActionName } from '../base/catalogue.ts'

/** What the run log says when a person takes a workflow action. `by` is who did: a name, or "the command line". */
export function decisionText(action: ActionName, by: string): string {
  const said = DECIDED[action]
  return said === undefined ? `${actionCatalogue[action].title}, requested by ${by}` : `${said} by ${by}`
}

const DECIDED: Readonly<Partial<Record<ActionName, string>>> = {
  approve: 'Change approved',
  send: 'Difference approved',
  accept_list: 'List accepted as it is',
  accept_once: 'Rows accepted this once',
  adopt: 'List approved for use',
  skip_task: 'Task skipped',
  skip_part: 'Part skipped',
  stop: 'Stopped',
}
