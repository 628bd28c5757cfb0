import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import type { Item } from '../../api/call.ts'
import { useRead } from '../../api/hooks.ts'
import { useMe } from '../../api/me.ts'
import type { Column } from '../../table/data-table.tsx'
import { Facts } from '../../ui/facts.tsx'
import { MoreMenu } from '../../ui/more-menu.tsx'
import { Answered, Empty } from '../../ui/notices.tsx'
import { Section, useTitle } from '../../ui/page.tsx'
import { settingFacts } from '../../ui/settings-fields.tsx'
import { useDialog } from '../../ui/use-dialog.ts'
import { QueryStatus } from '../queries/query-status.tsx'
import { SourceTables } from '../queries/source-tables.tsx'
import { UsedBy } from '../queries/used-by.tsx'
import { RelatedRows } from '../related-rows.tsx'
import { DeleteDataSourceDialog, EditDataSourceDialog } from './data-source-dialogs.tsx'
import { kindWord, OPEN_COLUMNS, typeOf } from './data-source-form.ts'
import type { DataSource } from './data-source-form.ts'

const columns: readonly Column<Item<'queries.list'>>[] = [
  {
    id: 'name',
    header: 'Query',
    width: '40%',
    cell: ({ id, name }) => (
      <Link to="/queries/$id" params={{ id }} className="strong">
        {name}
      </Link>
    ),
  },
  { id: 'status', header: 'Status', cell: ({ status }) => <QueryStatus status={status} /> },
  {
    id: 'users',
    header: 'Used by',
    cell: (query) => <UsedBy query={query} />,
  },
]

/** One data source: where it is, what it offers and which queries read it. */
export function DataSourceItem({ id }: { readonly id: string }): ReactElement {
  const source = useRead('data-sources.get', { params: { id } })
  return <Answered of={source}>{(data) => <Shown source={data} />}</Answered>
}

function Shown({ source }: { readonly source: DataSource }): ReactElement {
  const { id, name, description, kind, settings, openColumns } = source
  const types = useRead('data-sources.types', {})
  const me = useMe()
  const { dialog, open, close } = useDialog()
  const mayEdit = me.may('data_source:edit')
  useTitle(name)
  return (
    <>
      <Section
        title={name}
        isSubject
        actions={
          mayEdit && (
            <div className="row">
              <Button variant="default" onClick={() => open('edit')}>
                Edit
              </Button>
              <MoreMenu
                label={`More for ${name}`}
                items={[{ word: 'Delete data source', onClick: () => open('delete'), isDestructive: true }]}
              />
            </div>
          )
        }
      >
        {description !== '' && <p className="dim">{description}</p>}
        <Facts
          of={[
            ['Kind', kindWord(types.data?.items, kind)],
            ...settingFacts(typeOf(types.data?.items ?? [], kind), settings),
            [OPEN_COLUMNS, openColumns.length === 0 ? 'none declared' : openColumns.join(', ')],
          ]}
        />
      </Section>
      <Section title="Tables and columns">
        <SourceTables id={id} />
      </Section>
      <Section title="Queries">
        <RelatedRows
          label="Queries that read it"
          operation="queries.list"
          of={{ dataSourceId: id }}
          columns={columns}
          empty={<Empty title="No query reads it yet." />}
        />
      </Section>
      {dialog === 'edit' && mayEdit && <EditDataSourceDialog source={source} onClose={close} />}
      {dialog === 'delete' && mayEdit && <DeleteDataSourceDialog source={source} onClose={close} />}
    </>
  )
}
