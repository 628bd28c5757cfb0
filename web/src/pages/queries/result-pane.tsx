import { Button } from '@mantine/core'
import type { ReactElement, ReactNode } from 'react'
import type { Answer, ApiError } from '../../api/call.ts'
import { useMe } from '../../api/me.ts'
import { count, counted, span } from '../../format/number.ts'
import { Mark } from '../../ui/mark.tsx'
import { Empty, Notice } from '../../ui/notices.tsx'
import type { QueryText } from '../../api/operations.ts'
import type { Query } from './query-status.tsx'
import { hiddenBadge, hiddenWords } from './hidden-words.ts'
import { Unreadable } from './thresholds-section.tsx'
import { verdictOf } from './thresholds.ts'
import { isSameText } from './use-draft.ts'
import { Prose } from '../../ui/prose.tsx'

type Preview = Answer<'queries.preview'>

interface Asked<Found> {
  readonly data: Found | undefined
  readonly error: ApiError | null
  readonly isPending: boolean
  /** The text that the answer is of. */
  readonly of: QueryText | null
  readonly stop: () => void
}

/** What the source answered: how many rows there are, and the first of them. */
export function ResultPane(props: {
  readonly preview: Asked<Preview>
  readonly counting: Asked<Answer<'queries.count'>>
  readonly thresholds: Query['thresholds']
  /** As it stands in the editor now. */
  readonly text: QueryText
  readonly onGoTo: (line: number, column: number) => void
}): ReactElement {
  const { preview, counting, thresholds, text, onGoTo } = props
  const mayCount = useMe().may('pii:view')
  const isNothing = [preview, counting].every(
    ({ data, error, isPending }) => data === undefined && error === null && !isPending,
  )
  if (isNothing)
    return (
      <Empty title="Nothing has run yet.">
        {mayCount ? 'Run shows the first rows, Count says how many there are.' : 'Run shows the first rows.'}
      </Empty>
    )
  return (
    <div className="query-result">
      <Answering of={counting} text={text} what="Counting the rows" onGoTo={onGoTo}>
        {(data) => <Counted found={data} thresholds={thresholds} />}
      </Answering>
      <Answering of={preview} text={text} what="Running the query" onGoTo={onGoTo}>
        {(data, isOld) => <Shown preview={data} isOld={isOld} />}
      </Answering>
    </div>
  )
}

function Answering<Found>(props: {
  readonly of: Asked<Found>
  readonly text: QueryText
  readonly what: string
  readonly onGoTo: (line: number, column: number) => void
  readonly children: (data: Found, isOld: boolean) => ReactNode
}): ReactNode {
  const { data, error, isPending, of, stop } = props.of
  if (isPending)
    return (
      <div className="query-asking" role="status">
        <Mark tone="run">{props.what}</Mark>
        <Button variant="default" size="xs" onClick={stop}>
          Stop
        </Button>
      </div>
    )
  if (error === null && data === undefined) return null
  const isOld = of !== null && !isSameText(of, props.text)
  return (
    <>
      {isOld && <p className="dim small">The text has changed since then.</p>}
      {error !== null && <Failed error={error} onGoTo={props.onGoTo} />}
      {data !== undefined && props.children(data, isOld)}
    </>
  )
}

function Failed(props: {
  readonly error: ApiError
  readonly onGoTo: (line: number, column: number) => void
}): ReactElement {
  const { message, requestId } = props.error
  const [, line, column] = /line (\d+), column (\d+) of the query/.exec(message) ?? []
  return (
    <Notice
      tone="bad"
      action={
        line !== undefined && (
          <Button variant="default" size="xs" onClick={() => props.onGoTo(Number(line), Number(column))}>
            Go to line {line}
          </Button>
        )
      }
    >
      <p>
        <Prose of={message} />
      </p>
      {requestId !== null && <p className="dim small">Request {requestId}</p>}
    </Notice>
  )
}

function Counted(props: {
  readonly found: Answer<'queries.count'>
  readonly thresholds: Query['thresholds']
}): ReactElement {
  const { rows, unreadable, seconds } = props.found
  const verdict = verdictOf(rows, props.thresholds)
  return (
    <div className="query-counted" role="status">
      <strong>{counted(rows, 'row')}</strong> <span className="dim">counted in {span(seconds)}</span>
      {verdict !== null && <Mark tone={verdict.tone}>{verdict.text}</Mark>}
      <Unreadable lines={unreadable} />
    </div>
  )
}

function Shown(props: { readonly preview: Preview; readonly isOld: boolean }): ReactElement {
  const { preview, isOld } = props
  const { columns, columnsTotal, masked, emailColumnProblem, unreadable, warnings, seconds } = preview
  return (
    <>
      <p role="status">
        <strong>{rowsWords(preview)}</strong>{' '}
        <span className="dim">
          {seconds !== null && `in ${span(seconds)}`}
          {columnsTotal > columns.length && `, ${count(columns.length)} of ${count(columnsTotal)} columns`}
        </span>
      </p>
      <Unreadable lines={unreadable ?? 0} />
      {!isOld &&
        warnings.map((warning) => (
          <Notice key={warning} tone="warn">
            <p>
              <Prose of={warning} />
            </p>
          </Notice>
        ))}
      {emailColumnProblem !== null && !isOld && (
        <Notice tone="warn">
          <p>
            <Prose of={emailColumnProblem} />
          </p>
          <p className="dim small">
            A run would stop here. Change the query, or name the column that holds the addresses.
          </p>
        </Notice>
      )}
      {masked && (
        <Notice tone={columns.some(({ hidden }) => hidden) ? 'warn' : 'plain'}>{hiddenWords(preview)}</Notice>
      )}
      {columns.length > 0 && <Rows preview={preview} />}
    </>
  )
}

function rowsWords({ columns, masked, rows, rowCount }: Preview): string {
  if (rowCount !== null) return allRows(rowCount)
  if (!masked) return `First ${counted(rows.length, 'row')}`
  return columns.some(({ hidden }) => hidden) ? 'Rows with personal columns hidden' : 'First rows'
}

function cellClass(value: Preview['rows'][number][number], isHidden = false): string {
  return [typeof value === 'number' ? 'end' : '', isHidden ? 'dim' : ''].join(' ').trim()
}

function allRows(rowCount: number): string {
  if (rowCount === 0) return 'No rows'
  return rowCount === 1 ? 'The only row' : `All ${counted(rowCount, 'row')}`
}

/** As wide as the result is, within a frame of its own. Rows and columns are known by their places alone. */
function Rows({ preview: { columns, rows } }: { readonly preview: Preview }): ReactElement {
  return (
    <div className="query-rows" tabIndex={0} role="region" aria-label="First rows">
      <table>
        <thead>
          <tr>
            {columns.map(({ name, type }, index) => {
              const badge = hiddenBadge({ columns, rows }, index)
              return (
                // oxlint-disable-next-line react/no-array-index-key
                <th key={index} scope="col">
                  {name} <span className="dim">{type.toLowerCase()}</span>
                  {badge !== null && <span className="query-hidden">{badge}</span>}
                </th>
              )
            })}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            // oxlint-disable-next-line react/no-array-index-key
            <tr key={index}>
              {row.map((value, place) => (
                // oxlint-disable-next-line react/no-array-index-key
                <td key={place} className={cellClass(value, columns[place]?.hidden)}>
                  {value === null ? <span className="dim">NULL</span> : String(value)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
