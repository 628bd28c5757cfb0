import type { Answer } from '../../../api/call.ts'

export type Alert = Answer<'alerts.get'>
export type AlertEvent = Alert['events'][number]

interface Meaning {
  readonly word: string
  readonly about: string
}

/** What an alert can tell, with what each of it means. */
export const alertEvents: Readonly<Record<AlertEvent, Meaning>> = {
  workflow_failed: { word: 'Failed', about: 'A workflow ended with an error.' },
  needs_person: { word: 'Needs approval', about: 'A workflow waits until a person decides.' },
  workflow_succeeded: { word: 'Succeeded', about: 'A workflow is through, and its list is in step.' },
  slower_than: { word: 'Slow', about: 'A workflow takes longer than the minutes that you give.' },
  token_expiring: {
    word: 'Token expiring',
    about: 'The refresh token of a credential stops working soon, and renewing it failed.',
  },
  list_changed_elsewhere: {
    word: 'List changed elsewhere',
    about: 'Another person changed a customer list, or made a newer list of the same name.',
  },
  threshold: { word: 'Query threshold', about: 'A query returned fewer or more rows than its thresholds.' },
}

export const eventNames = Object.keys(alertEvents) as readonly AlertEvent[]

/** "Failed, Slow". */
export function eventWords(events: readonly AlertEvent[]): string {
  return events.map((event) => alertEvents[event].word).join(', ')
}
