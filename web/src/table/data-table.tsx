import type { CSSProperties, ReactElement, ReactNode } from 'react'
import type { ApiError } from '../api/call.ts'
import { ErrorNotice } from '../ui/notices.tsx'

/**
 * A table that becomes cards where there is no room for columns, and keeps its columns while it loads. Roles are said
 * explicitly, since a browser drops those of a table that is laid out as cards.
 */

export interface Column<Row> {
  readonly id: string
  readonly header: string
  readonly cell: (row: Row) => ReactNode
  /** Numbers stand at the end. */
  readonly align?: 'end'
  /** Share of the width, such as "30%". */
  readonly width?: string
  /** The same in a narrow frame, where numbers need the room. */
  readonly narrowWidth?: string
  /** Left out in a frame that is too narrow for it. */
  readonly isExtra?: boolean
}

interface TableProps<Row> {
  /** What the rows are, for those who do not see the page. */
  readonly label: string
  readonly columns: readonly Column<Row>[]
  /** Undefined while they are loading. */
  readonly rows: readonly Row[] | undefined
  readonly keyOf: (row: Row) => string
  /** Where the rows come from: its error stands instead of the table, or above the rows that were read before. */
  readonly reading?: { readonly error: ApiError | null; readonly refetch: () => unknown }
  /** Shown instead when there are none. */
  readonly empty?: ReactNode
}

export function DataTable<Row>(props: TableProps<Row>): ReactElement {
  const { reading, rows, empty } = props
  const { error = null } = reading ?? {}
  return (
    <>
      {error !== null && <ErrorNotice error={error} onRetry={() => void reading?.refetch()} />}
      {rows?.length === 0 && empty !== undefined
        ? empty
        : (error === null || rows !== undefined) && <Rows {...props} />}
    </>
  )
}

function Rows<Row>(props: TableProps<Row>): ReactElement {
  const { columns, rows } = props
  return (
    <div className="table-frame">
      <table className="table" role="table" aria-label={props.label} aria-busy={rows === undefined}>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((column) => (
              <th
                key={column.id}
                role="columnheader"
                scope="col"
                className={classOf(column)}
                style={widthOf(column)}
              >
                {column.header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows === undefined ? (
            <LoadingRows columns={columns.length} />
          ) : (
            rows.map((row) => (
              <tr key={props.keyOf(row)} role="row">
                {columns.map((column) => (
                  <td key={column.id} role="cell" data-label={column.header} className={classOf(column)}>
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
            ))
          )}
        </tbody>
      </table>
    </div>
  )
}

type Look = Pick<Column<never>, 'align' | 'isExtra' | 'width' | 'narrowWidth'>

function widthOf({ width, narrowWidth = width }: Look): CSSProperties {
  return width === undefined
    ? {}
    : { ['--width' as string]: width, ['--narrow-width' as string]: narrowWidth }
}

function classOf({ align, isExtra = false }: Look): string {
  return [align === 'end' ? 'end' : '', isExtra ? 'extra' : ''].filter((name) => name !== '').join(' ')
}

const LOADING_ROWS = ['first', 'second', 'third', 'fourth']

function LoadingRows({ columns }: { readonly columns: number }): ReactElement[] {
  return LOADING_ROWS.map((row) => (
    <tr key={row} role="row" className="loading">
      <td role="cell" colSpan={columns}>
        <span className="hidden">Loading…</span>
        <span className="bone" aria-hidden="true" />
      </td>
    </tr>
  ))
}
