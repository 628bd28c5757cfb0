import { isNode, listOf } from '../query-flow.ts'
import type { Node } from '../query-flow.ts'
import { holdsTexts } from './bound-types.ts'
import { anyOf, given, textOrigin } from './origins.ts'
import type { Origin } from './origins.ts'

/** Whether an expression is NULL, as it stands in the query. */
export function isNull(node: unknown): boolean {
  return isNode(node) && Object(node['value']).is_null === true
}

/** The texts in a value of the query, or in a list of it. */
export function ofConstant(value: unknown): Origin {
  const texts: string[] = []
  const isKnown = addTexts(value, texts)
  if (!isKnown) return given
  return anyOf([...texts.map(textOrigin), ...(texts.length === 0 ? [given] : [])])
}

/** The texts in a value of the query; false where there may be others. */
function addTexts(value: unknown, texts: string[]): boolean {
  const { type, value: own, children, is_null: isMissing } = Object(value) as Node
  if (isMissing === true) return true
  if (typeof own === 'string' && Object(type).id === 'VARCHAR') texts.push(own)
  else if (Array.isArray(children) || Array.isArray(Object(own).children))
    return listOf(children ?? Object(own).children).every((child) => addTexts(child, texts))
  else if (isNode(type) && holdsTexts(type)) return false
  return true
}
