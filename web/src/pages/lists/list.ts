import type { Answer } from '../../api/call.ts'

/** A list as the API shows it. */
export type List = Answer<'lists.get'>
