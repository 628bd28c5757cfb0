import type { Answer } from '../../../api/call.ts'
import { useRead } from '../../../api/hooks.ts'
import { capital } from '../../../format/words.ts'

export type Alert = Answer<'alerts.get'>
export type AlertTopic = Answer<'alerts.events'>['items'][number]

/** What alerts can send; empty until it is known. */
export function useAlertTopics(): readonly AlertTopic[] {
  return useRead('alerts.events', {}).data?.items ?? []
}

/** "Failed, Slow": each by its title, or by its name when it is no event any more. */
export function eventWords(topics: readonly AlertTopic[], events: readonly string[]): string {
  const words = events.map(
    (name) => topics.find(({ event }) => event === name)?.title ?? capital(name.replaceAll('_', ' ')),
  )
  return words.join(', ')
}
