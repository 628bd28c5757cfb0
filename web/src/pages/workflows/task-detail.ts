import { change, count, counted } from '../../format/number.ts'

/** What a finished task did, in a few words; empty for one that has nothing to tell. */
export function taskDetail(task: string, output: Readonly<Record<string, unknown>> | null): string {
  if (output === null) return ''
  const number = (name: string): number => (typeof output[name] === 'number' ? output[name] : 0)
  const text = (name: string): string => (typeof output[name] === 'string' ? output[name] : '')
  switch (task) {
    case 'query':
      return text('source')
    case 'connect':
      return text('name')
    case 'prepare':
      return `${counted(number('received'), 'row')} received, ${count(number('invalid'))} rejected`
    case 'compare':
      return `${count(number('members'))} in the query: ${change(number('added'), number('removed'))}, ${counted(number('duplicates'), 'duplicate')}`
    case 'resolve_list':
      return text('id') === '' ? 'a new list' : `list ${text('id')}`
    case 'guard':
      return guardDetail(output)
    case 'add':
      // A list is made with its first members, so there may be none to send afterwards.
      return output['created'] === true
        ? 'list created and filled'
        : `${counted(number('sent'), 'member')} sent`
    case 'remove':
      return `${counted(number('sent'), 'member')} removed`
    case 'attach_audience':
      return audienceDetail(output['audience'])
    case 'verify':
      return `${counted(number('uploaded'), 'record')} uploaded, ${count(number('removed'))} removed; list is ${text('status').toLowerCase()}`
    default:
      return ''
  }
}

interface Share {
  readonly percent?: number | null
  readonly percentMax?: number
  readonly limit?: string
  readonly large?: boolean
}

/** Of an earlier version it judged the removal alone. */
function guardDetail(output: Readonly<Record<string, unknown>>): string {
  const { addition, ...rest } = output as { readonly removal?: Share; readonly addition?: Share } & Share
  const removal: Share = rest.removal ?? rest
  const removed = `${removal.percent} % removed (limit ${removal.limit})`
  if (addition === undefined || addition.percent === null) return removed
  // A list that is being filled may grow as it likes.
  const { percent = 0, percentMax = Infinity } = addition
  const applies = addition.large === true || (percent ?? 0) <= percentMax
  return `${removed}, ${addition.percent} % added${applies ? ` (limit ${addition.limit})` : ''}`
}

function audienceDetail(audience: unknown): string {
  if (typeof audience !== 'object' || audience === null) return 'no audience yet'
  const { name, created } = audience as Readonly<Record<string, unknown>>
  return `${String(name)}${created === true ? ', made' : ''}`
}
