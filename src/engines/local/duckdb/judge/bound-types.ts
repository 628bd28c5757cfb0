import { isNode, nodesOf } from '../query-flow.ts'
import type { Node } from '../query-flow.ts'

/** A type as a bound plan writes it: `{ id, type_info }`. */
export type BoundType = Node

const NOT_OF_TEXT = new Set(
  `NULL BOOLEAN TINYINT SMALLINT INTEGER BIGINT HUGEINT UTINYINT USMALLINT UINTEGER UBIGINT UHUGEINT BIGNUM VARINT
  INTEGER_LITERAL FLOAT DOUBLE DECIMAL DATE TIME TIME_NS TIMESTAMP TIMESTAMP_S TIMESTAMP_MS TIMESTAMP_NS INTERVAL UUID`
    .trim()
    .split(/\s+/),
)
const isOfTime = /^TIME(?:STAMP)?\b/

/** The types of the values that lie in a list, a row or a map, or the type itself. */
export function leavesOf(type: unknown): BoundType[] {
  if (!isNode(type)) return [{ id: 'UNKNOWN' }]
  const info = type['type_info']
  if (!isNode(info)) return [type]
  if (isNode(info['child_type'])) return leavesOf(info['child_type'])
  const parts = nodesOf(info['child_types'])
  return parts.length > 0 ? parts.flatMap(({ second }) => leavesOf(second)) : [type]
}

/** Whether there may be texts in values of a type, or what has an order of letters too. */
export function holdsTexts(type: unknown): boolean {
  return leavesOf(type).some(({ id }) => !NOT_OF_TEXT.has(String(id)) && !isOfTime.test(String(id)))
}

const isText = ({ id }: BoundType) => id === 'VARCHAR' || id === 'STRING_LITERAL' || id === 'CHAR'

/** The types as which a cast reads texts that are no longer texts after it. */
export function readAs(from: unknown, to: unknown): BoundType[] {
  if (!isNode(from) || !isNode(to)) return [{ id: 'UNKNOWN' }]
  if (isText(to)) return []
  if (isText(from)) return [to]
  if (!holdsTexts(from) || nameOf(from) === nameOf(to)) return []
  return partsOf(from, to)?.flatMap((pair) => readAs(...pair)) ?? [to]
}

/** Whether a cast writes numbers, dates or truth values as texts. */
export function writesTexts(from: unknown, to: unknown): boolean {
  if (!isNode(from) || !isNode(to) || isText(from) || from['id'] === 'NULL') return false
  if (isText(to)) return true
  if (!holdsTexts(to) || nameOf(from) === nameOf(to)) return false
  return partsOf(from, to)?.some((pair) => writesTexts(...pair)) ?? true
}

/** Whether a cast reads truth values as numbers, or numbers as truth values. */
export function readsTruth(from: unknown, to: unknown): boolean {
  const [ofFrom, ofTo] = [leavesOf(from), leavesOf(to)]
  return ofFrom.some(({ id }, place) => {
    const other = ofTo[place]?.['id']
    return (id === 'BOOLEAN') !== (other === 'BOOLEAN') && !holdsTexts(ofTo[place]) && id !== 'NULL'
  })
}

/** The types of the values within two types, in pairs; null where they are not made alike. */
function partsOf(from: BoundType, to: BoundType): [unknown, unknown][] | null {
  const [fromInfo, toInfo] = [Object(from['type_info']) as Node, Object(to['type_info']) as Node]
  if (isNode(fromInfo['child_type']) && isNode(toInfo['child_type']))
    return [[fromInfo['child_type'], toInfo['child_type']]]
  const parts = nodesOf(fromInfo['child_types'])
  const others = nodesOf(toInfo['child_types'])
  if (from['id'] !== 'STRUCT' || to['id'] !== 'STRUCT' || parts.length !== others.length) return null
  return parts.map(({ first, second }, place) => {
    const other = others.find((part) => part['first'] === first && first !== '') ?? others[place]
    return [second, other?.['second']]
  })
}

/** A type by one text, so that equal types have equal texts. */
export function nameOf(type: unknown): string {
  return JSON.stringify(type)
}

/** A type as SQL, where it is a plain one; else null. */
export function sqlOf({ id, type_info: info }: BoundType): string | null {
  if (id === 'DECIMAL') {
    const { width = 18, scale = 0 } = Object(info) as { width?: number; scale?: number }
    return `DECIMAL(${width},${scale})`
  }
  return info === undefined && /^[A-Z_ ]+$/.test(String(id)) ? String(id) : null
}
