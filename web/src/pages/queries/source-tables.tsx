import '../../styles/source-tables.css'
import { Button } from '@mantine/core'
import { useState } from 'react'
import type { ReactElement } from 'react'
import { useRead } from '../../api/hooks.ts'
import { counted } from '../../format/number.ts'
import { SearchField } from '../../ui/filters.tsx'
import { Icon } from '../../ui/icon.tsx'
import { Answered, Empty } from '../../ui/notices.tsx'
import { quoted } from './names.ts'
import type { Tables } from './sql-extensions.ts'

type Table = Tables[number]

/** So many names are taken in at a glance; more can be searched. */
const NAMES_SEARCHED_FROM = 15
const TABLES_OPEN_MAX = 1
const READ_AGAIN_MS = 5 * 60_000

/** The tables of a data source; a source is not asked again for each look at it. */
export function useTables(id: string) {
  return useRead('data-sources.tables', { params: { id } }, { staleTime: READ_AGAIN_MS })
}

/** Tables and columns that a data source offers. Pressing a name calls `onInsert`. */
export function SourceTables(props: {
  readonly id: string
  readonly onInsert?: ((name: string) => void) | undefined
}): ReactElement {
  const tables = useTables(props.id)
  return (
    <Answered of={tables}>
      {({ items }) => (
        <>
          <Found tables={items} onInsert={props.onInsert} />
          <Button
            variant="default"
            size="compact-sm"
            loading={tables.isFetching}
            onClick={() => void tables.refetch()}
          >
            Read again
          </Button>
        </>
      )}
    </Answered>
  )
}

function Found(props: {
  readonly tables: Tables
  readonly onInsert: ((name: string) => void) | undefined
}): ReactElement {
  const [search, setSearch] = useState('')
  const { tables } = props
  const names = tables.length + tables.reduce((sum, { columns }) => sum + columns.length, 0)
  const shown = search === '' ? tables : matching(tables, search.toLowerCase())
  if (tables.length === 0) return <Empty title="This source offers no table that may be read." />
  return (
    <div className="source-tables">
      {names > NAMES_SEARCHED_FROM && (
        <SearchField label="Search tables and columns" value={search} onChange={setSearch} />
      )}
      <ul>
        {shown.map((table) => (
          <TableNames
            key={`${table.schema ?? ''}.${table.name}`}
            table={table}
            isOpenFirst={shown.length <= TABLES_OPEN_MAX || search !== ''}
            onInsert={props.onInsert}
          />
        ))}
      </ul>
      {shown.length === 0 && <p className="dim">No table or column has "{search}" in its name.</p>}
    </div>
  )
}

/** A table whose name matches keeps all its columns. */
function matching(tables: Tables, search: string): Tables {
  const has = (name: string): boolean => name.toLowerCase().includes(search)
  return tables.flatMap((table) => {
    if (has(table.name)) return [table]
    const columns = table.columns.filter(({ name }) => has(name))
    return columns.length === 0 ? [] : [{ ...table, columns }]
  })
}

function TableNames(props: {
  readonly table: Table
  readonly isOpenFirst: boolean
  readonly onInsert: ((name: string) => void) | undefined
}): ReactElement {
  const { schema, name, columns } = props.table
  const [isToggled, setIsToggled] = useState(false)
  const isOpen = isToggled !== props.isOpenFirst
  const fullName = schema === null ? name : `${schema}.${name}`
  const inserted = schema === null ? quoted(name) : `${quoted(schema)}.${quoted(name)}`
  return (
    <li>
      <div className="source-table">
        <button
          type="button"
          className="source-toggle"
          aria-expanded={isOpen}
          aria-label={`Columns of ${fullName}`}
          onClick={() => setIsToggled(!isToggled)}
        >
          <Icon name={isOpen ? 'unfold' : 'right'} size={14} />
        </button>
        <Name name={fullName} inserted={inserted} onInsert={props.onInsert} />
        <span className="dim small">{counted(columns.length, 'column')}</span>
      </div>
      {isOpen && (
        <ul className="source-columns" aria-label={`Columns of ${fullName}`}>
          {columns.map((column) => (
            <li key={column.name}>
              <Name name={column.name} inserted={quoted(column.name)} onInsert={props.onInsert} />
              <span className="dim small">{column.type.toLowerCase()}</span>
            </li>
          ))}
        </ul>
      )}
    </li>
  )
}

function Name(props: {
  readonly name: string
  readonly inserted: string
  readonly onInsert: ((name: string) => void) | undefined
}): ReactElement {
  const { name, inserted, onInsert } = props
  if (onInsert === undefined) return <code>{name}</code>
  return (
    <button
      type="button"
      className="source-name"
      aria-label={`Insert ${name}`}
      title={`Insert ${inserted}`}
      onClick={() => onInsert(inserted)}
    >
      {name}
    </button>
  )
}
