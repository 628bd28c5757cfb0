import { RollcallError } from '../../../base/rollcall-error.ts'
import { sqlName } from '../../../base/column-name.ts'
import { NO_TYPE } from './column-types.ts'
import { OF_TYPES } from './errors.ts'
import { withTexts } from './input-view.ts'
import type { Input, InputColumn, Typing } from './input-view.ts'
import { bindQuery } from './judge/bound-plan.ts'
import type { BoundPlan } from './judge/bound-plan.ts'
import { columnsLive, partsByOrder } from './judge/columns-live.ts'
import type { Matter } from './judge/columns-live.ts'
import type { Findings } from './judge/findings.ts'
import { JUDGED_TABLE, judgePlan } from './judge/judge-plan.ts'
import type { PlanJudge } from './judge/judge-plan.ts'
import { NotFollowed } from './judge/plan-shape.ts'
import { refusalOf } from './judge/refusals.ts'
import { checkOrder } from './ordered-texts.ts'
import { checkPlaces } from './placed-columns.ts'
import { checkRounding } from './small-numbers.ts'
import type { CheckedQuery } from './query-check.ts'
import { isNode, nodesOf } from './query-flow.ts'
import type { Session } from './session.ts'
import { identifier, literal } from './sql.ts'

/** A query whose use of its columns is known. */
export interface JudgedQuery {
  /** The columns of `input`, in lower case, that decide which rows it gives, as far as it matters, and what some columns of its result hold. */
  reads(results: readonly number[], matter: Matter): ReadonlySet<string>
  /** Its parts that go by the order of rows without giving them one, where that decides what some columns of its result hold. */
  byOrder(results: readonly number[]): readonly string[]
}

/**
 * Gives the columns of `input` types with which a query can be bound, and does with texts only what a person means: it never reads them
 * as values of another type, and never goes by the order of letters where numbers or dates are meant. Error: `query_failed`, or that of
 * the engine where the query cannot be bound.
 */
export async function judgeQuery(session: Session, query: CheckedQuery, input: Input): Promise<JudgedQuery> {
  try {
    return await withTypes(session, query, input)
  } catch (error) {
    if (isOfTypes(error) || !(await input.readAll())) throw shown(error)
    return judgeQuery(session, query, input)
  }
}

/** The query cannot be bound with these types, or is refused with them. */
class Unfit extends Error {
  readonly first: unknown
  readonly asTexts: readonly InputColumn[]

  constructor(first: unknown, asTexts: readonly InputColumn[] = []) {
    super()
    this.first = first
    this.asTexts = asTexts
  }
}

/**
 * Tries one typing after the other. The error is about the types that the columns really have, or are texts instead since the query
 * uses them so.
 */
async function withTypes(session: Session, query: CheckedQuery, input: Input): Promise<JudgedQuery> {
  const tried = new Set<string>()
  const next = [...input.typings]
  let [meant] = next
  let reason: unknown
  for (let typing = next.shift(); typing !== undefined; typing = next.shift()) {
    const columns = input.columnsOf(typing)
    const types = JSON.stringify(columns.map(({ type }) => type))
    if (tried.has(types)) continue
    tried.add(types)
    try {
      return await withTyping(session, query, input, typing, columns)
    } catch (error) {
      if (!(error instanceof Unfit)) throw error
      if (typing === meant) reason = error.first
      if (!mayBeOfTypes(reason)) throw reason
      if (error.asTexts.length === 0) continue
      const names = error.asTexts.map(({ name }) => name)
      const asMeant = withTexts(typing, names)
      if (typing === meant) meant = asMeant
      next.unshift(asMeant)
    }
  }
  throw reason
}

async function withTyping(
  session: Session,
  query: CheckedQuery,
  input: Input,
  typing: Typing,
  columns: readonly InputColumn[],
): Promise<JudgedQuery> {
  await showStub(session, columns)
  const { plan, judge } = await judged(session, query, columns)
  if (!isSummary(query)) {
    const refusal = await refusalOf(session, judge.findings, columns)
    if (refusal !== null) throw new Unfit(refusal.error, refusal.asTexts)
  }
  await input.show(typing)
  if (!isSummary(query))
    await checkRows(session, judge.findings, columns).catch((error: unknown) => {
      throw new Unfit(error)
    })
  return {
    reads: (results, matter) =>
      new Set(
        [...columnsLive(plan.root, judge, results, matter)].map((place) =>
          sqlName(columns[place]?.name ?? ''),
        ),
      ),
    byOrder: (results) => (isSummary(query) ? [] : [...partsByOrder(plan.root, judge, results)]),
  }
}

/** A table of the same columns without any row: it binds as the files do, and faster. */
async function showStub(session: Session, columns: readonly InputColumn[]): Promise<void> {
  const stored = columns.flatMap(({ type }, place) => (hasValues(type) ? [`c${place} ${type}`] : []))
  const named = columns.map(
    ({ name, type }, place) =>
      `${hasValues(type) ? `c${place}` : `CAST(NULL AS ${type})`} AS ${identifier(name)}`,
  )
  const table = stored.length === 0 ? 'c BOOLEAN' : stored.join(', ')
  await session.run(`CREATE OR REPLACE TABLE ${JUDGED_TABLE} (${table})`)
  await session.run(`CREATE OR REPLACE VIEW input AS SELECT ${named.join(', ')} FROM ${JUDGED_TABLE}`)
}

function hasValues(type: string): boolean {
  return type !== NO_TYPE
}

async function judged(
  session: Session,
  query: CheckedQuery,
  columns: readonly InputColumn[],
): Promise<{ readonly plan: BoundPlan; readonly judge: PlanJudge }> {
  try {
    const plan = await bindQuery(session, query.sql, query.json)
    const judge = judgePlan(
      plan,
      columns.map((column) => ({ ...column, isEmpty: !hasValues(column.type) })),
    )
    return { plan, judge }
  } catch (error) {
    if (!(error instanceof NotFollowed)) throw error
    // Where it cannot be bound, the engine says why.
    await session.run(`DESCRIBE SELECT * FROM query(${literal(query.sql)})`).catch((reason: unknown) => {
      throw new Unfit(reason)
    })
    throw new RollcallError('query_failed', { detail: NOT_FOLLOWED }, { cause: error })
  }
}

/** What letters of columns decide, and numbers that are rounded, is held against what the columns hold. */
async function checkRows(
  session: Session,
  findings: Findings,
  columns: readonly InputColumn[],
): Promise<void> {
  const isChecked = (place: number) => columns[place]?.isOpen === true && columns[place].type === 'VARCHAR'
  const nameOf = (place: number) => columns[place]?.name ?? ''
  for (const { columns: places, operator, texts } of findings.compared)
    for (const place of places)
      for (const text of texts)
        if (isChecked(place)) await checkOrder(session, { column: nameOf(place), operator, text })
  for (const place of findings.placed) if (isChecked(place)) await checkPlaces(session, nameOf(place))
  for (const rounded of findings.rounded) await checkRounding(session, rounded, columns)
}

/** Whether a query is a summary of all columns, which is for the eye and chooses no rows. */
function isSummary({ statement }: CheckedQuery): boolean {
  const node: unknown = isNode(statement) ? statement['node'] : undefined
  if (!isNode(node) || !isNode(node['from_table']) || node['from_table']['type'] !== 'SHOW_REF') return false
  const items = nodesOf(node['select_list'])
  return items.length === 1 && items[0]?.['type'] === 'STAR'
}

/** Whether an error may have to do with the types of the columns. */
function isOfTypes(error: unknown): boolean {
  return error instanceof RollcallError || OF_TYPES.test(String(error))
}

/** What is said of a name that is not there has nothing to do with types; all else that cannot be bound may have. */
function mayBeOfTypes(error: unknown): boolean {
  const reason = String(error)
  return isOfTypes(error) || (reason.startsWith('Error: Binder Error') && !reason.includes('not found'))
}

function shown(error: unknown): unknown {
  return error instanceof Unfit ? error.first : error
}

const NOT_FOLLOWED =
  'The query is refused. Rollcall cannot check that it compares numbers with numbers and texts with texts. Write joins with ON instead of USING or NATURAL. Convert the values it compares, for example with CAST(column AS DOUBLE) or CAST(column AS VARCHAR).'
