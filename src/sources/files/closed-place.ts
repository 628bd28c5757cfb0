import { join, resolve } from 'node:path'
import { isBelow, refuseClosedFiles, whereItLies } from '../rules.ts'
import type { SourceRules } from '../rules.ts'
import type { FolderFiles } from './confined.ts'

/**
 * Refuses a data source before it is saved whose names and patterns lead to nothing that may be read; what they find is looked at
 * again whenever it is read. Error: `source_not_found`, as then.
 */
export async function refuseClosedPlace({ folder, files }: FolderFiles, rules: SourceRules): Promise<void> {
  const roots = await Promise.all((rules.roots ?? []).map(whereItLies))
  for (const file of files) {
    const parts = file.split('/')
    const firstPattern = parts.findIndex((part) => /[*?[{]/.test(part))
    const literal = firstPattern < 0 ? parts : parts.slice(0, firstPattern)
    const place = await whereItLies(resolve(folder, ...literal))
    const mayLeadIn = firstPattern >= 0 && roots.some((root) => isBelow(root, place))
    if (!mayLeadIn) await refuseClosedFiles([join(place, ...parts.slice(literal.length))], rules)
  }
}
