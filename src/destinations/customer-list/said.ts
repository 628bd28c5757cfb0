import { count, plural } from '../../base/words.ts'
import type { SyncOutputs, TaskName } from './run.ts'

/** What each task of the main job did, in a few words for its page. */
export const said: { readonly [Name in TaskName]: (output: SyncOutputs[Name]) => string } = {
  query: ({ source }) => source,
  connect: ({ name }) => name,
  prepare: ({ received, invalid }) => `${plural(received, 'row')} received, ${count(invalid)} rejected`,
  compare: ({ added, removed, duplicates, ...compared }) =>
    `${membersOf(compared)} in the query: ${added === 0 && removed === 0 ? 'no change' : `+${count(added)} −${count(removed)}`}, ${plural(duplicates, 'duplicate')}`,
  resolve_list: ({ id }) => (id === null ? 'a new list' : `list ${id}`),
  guard: guardSaid,
  // A list is made with its first members, so there may be none to send afterwards.
  add: ({ created, sent }) => (created ? 'list created and filled' : `${plural(sent, 'member')} sent`),
  remove: ({ sent }) => `${plural(sent, 'member')} removed`,
  attach_audience: ({ audience }) =>
    audience === null ? 'no audience yet' : `${audience.name}${audience.created ? ', created' : ''}`,
  verify: ({ uploaded, removed, status }) =>
    `${plural(uploaded, 'record')} uploaded, ${count(removed)} removed; list is ${status.toLowerCase()}`,
}

/** "40", or "10 of 40" of a sample. */
export function membersOf({ members, inQuery }: Pick<SyncOutputs['compare'], 'members' | 'inQuery'>): string {
  return inQuery === undefined ? count(members) : `${count(members)} of ${count(inQuery)}`
}

function guardSaid({ removal, addition }: SyncOutputs['guard']): string {
  const removed = `${removal.percent} % removed (limit ${removal.limit})`
  if (addition.percent === null) return removed
  // A list that is being filled may grow as it likes.
  const applies = addition.large || addition.percent <= addition.percentMax
  return `${removed}, ${addition.percent} % added${applies ? ` (limit ${addition.limit})` : ''}`
}
