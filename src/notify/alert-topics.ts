import { allKinds } from '../workflow/kind.ts'
import type { AlertTopic } from '../workflow/kind.ts'

/** The events that people can be alerted to: those of any workflow and of credentials, then those that kinds of workflows declare. */

const general = [
  { event: 'workflow_failed', title: 'Failed', about: 'A workflow ended with an error.' },
  { event: 'needs_person', title: 'Needs approval', about: 'A workflow waits for a person to decide.' },
  { event: 'workflow_succeeded', title: 'Succeeded', about: 'A workflow has finished.' },
  {
    event: 'slower_than',
    title: 'Slow',
    about: 'A workflow takes longer than the number of minutes you set.',
  },
  {
    event: 'token_expiring',
    title: 'Token expiring',
    about: 'The refresh token of a credential expires soon and could not be renewed.',
  },
] as const satisfies readonly AlertTopic[]

/** The events that do not depend on the kind of a workflow. */
export type GeneralEvent = (typeof general)[number]['event']

/** All of them, each once, in the order in which people choose from them. */
export function allAlertTopics(): readonly AlertTopic[] {
  const declared = allKinds().flatMap(({ alerts = {} }) => Object.values(alerts))
  const topics = new Map<string, AlertTopic>()
  for (const topic of [...general, ...declared]) {
    if (!topics.has(topic.event)) topics.set(topic.event, topic)
  }
  return [...topics.values()]
}
