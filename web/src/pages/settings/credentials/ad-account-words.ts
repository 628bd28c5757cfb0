import { title } from '../../../format/words.ts'

/** Pinterest's roles as people read them: "Audience manager, Campaign manager". */
export function roleWords(permissions: readonly string[]): string {
  return permissions.map((role) => title(role.toLowerCase())).join(', ') || 'not told'
}
