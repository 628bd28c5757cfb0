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
  needs_person: { word: 'Needs approval', about: 'A workflow waits for a person to decide.' },
  workflow_succeeded: { word: 'Succeeded', about: 'A workflow has finished and its list is in step.' },
  slower_than: { word: 'Slow', about: 'A workflow takes longer than the number of minutes you set.' },
  token_expiring: {
    word: 'Token expiring',
    about: 'The refresh token of a credential expires soon and could not be renewed.',
  },
  list_changed_elsewhere: {
    word: 'List changed elsewhere',
    about: 'Another person or program changed a customer list, or created a newer list with the same name.',
  },
  threshold: { word: 'Query threshold', about: 'A query returned fewer or more rows than its thresholds.' },
}

export const eventNames = Object.keys(alertEvents) as readonly AlertEvent[]

/** "Failed, Slow". */
export function eventWords(events: readonly AlertEvent[]): string {
  return events.map((event) => alertEvents[event].word).join(', ')
}
