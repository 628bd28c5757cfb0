import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { ReactElement } from 'react'
import type { Item } from '../../api/call.ts'
import { useRead } from '../../api/hooks.ts'
import { useMe } from '../../api/me.ts'
import { count } from '../../format/number.ts'
import type { Column } from '../../table/data-table.tsx'
import { Empty } from '../../ui/notices.tsx'
import { useDialog } from '../../ui/use-dialog.ts'
import { NamedRows } from '../named-list.tsx'
import { NewDataSourceDialog } from './data-source-dialogs.tsx'
import { kindWord } from './data-source-form.ts'
import type { SourceTypes } from './data-source-form.ts'

function columnsOf(types: SourceTypes | undefined): readonly Column<Item<'data-sources.list'>>[] {
  return [
    {
      id: 'name',
      header: 'Data source',
      width: '35%',
      cell: ({ id, name, description }) => (
        <>
          <Link to="/settings/$tab/$id" params={{ tab: 'data-sources', id }} className="strong">
            {name}
          </Link>
          <div className="dim small">{description}</div>
        </>
      ),
    },
    { id: 'kind', header: 'Kind', cell: ({ kind }) => kindWord(types, kind) },
    {
      id: 'reads',
      header: 'Reads',
      cell: (source) => {
        const [first = '', ...others] = Object.values(source.settings).flat()
        return (
          <>
            <code>{first}</code>
            <div className="dim small">{others.join(', ')}</div>
          </>
        )
      },
    },
    { id: 'queries', header: 'Queries', align: 'end', cell: ({ queries }) => count(queries) },
  ]
}

/** Where queries read. */
export function DataSourcesTab(): ReactElement {
  const me = useMe()
  const types = useRead('data-sources.types', {})
  const columns = useMemo(() => columnsOf(types.data?.items), [types.data])
  const { dialog, open, close } = useDialog()
  const mayEdit = me.may('data_source:edit')
  return (
    <>
      <NamedRows
        title="Data sources"
        operation="data-sources.list"
        columns={columns}
        actions={mayEdit && <Button onClick={() => open('new')}>Add data source</Button>}
        empty={
          <Empty title="There is no data source yet.">
            A data source is where queries read, such as a folder of files or a database.
            {!mayEdit && ' An operator adds the first one.'}
          </Empty>
        }
      />
      {dialog === 'new' && mayEdit && <NewDataSourceDialog onClose={close} />}
    </>
  )
}
