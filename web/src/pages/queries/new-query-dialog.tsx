import { useForm } from '@mantine/form'
import { useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { ReactElement } from 'react'
import { readOptions, useRead, useSend } from '../../api/hooks.ts'
import { useMe } from '../../api/me.ts'
import { FormDialog } from '../../ui/form-dialog.tsx'
import { NameFields } from '../../ui/name-fields.tsx'
import { Notice } from '../../ui/notices.tsx'
import { PickField } from '../../ui/pick-field.tsx'
import { toast } from '../../ui/toasts.tsx'
import { useGoOn } from '../../ui/use-dialog.ts'
import { firstText } from './first-text.ts'
import type { Tables } from './sql-extensions.ts'
import { Prose } from '../../ui/prose.tsx'

/** Makes a query as a draft and leads to its editor. */
export function NewQueryDialog({ onClose }: { readonly onClose: () => void }): ReactElement {
  const goOn = useGoOn()
  const create = useSend('queries.create', { alsoChanges: ['data-sources'] })
  const form = useForm({
    initialValues: { name: '', description: '', dataSourceId: '' },
    validate: {
      name: (name) => (name.trim() === '' ? 'Give the query a name.' : null),
      dataSourceId: (id) => (id === '' ? 'Choose where the query reads.' : null),
    },
  })
  const { dataSourceId } = form.getValues()
  const tables = useRead(
    'data-sources.tables',
    { params: { id: dataSourceId } },
    { enabled: dataSourceId !== '' },
  )
  const [isReading, setIsReading] = useState(false)
  const client = useQueryClient()
  /** The first text is of the tables there are, so that they are waited for. */
  const tablesOf = async (id: string): Promise<Tables> => {
    try {
      setIsReading(true)
      const options = readOptions('data-sources.tables', { params: { id } })
      return (await client.fetchQuery({ ...options, retry: false })).items
    } catch {
      return []
    } finally {
      setIsReading(false)
    }
  }
  const save = form.onSubmit(async (values) =>
    create.mutate(
      { body: { ...values, draft: firstText(await tablesOf(values.dataSourceId)) } },
      {
        onSuccess: ({ id, name }) => {
          toast(`Query "${name}" is saved as a draft.`)
          void goOn({ to: '/queries/$id', params: { id } })
        },
      },
    ),
  )
  return (
    <FormDialog
      title="New query"
      verb="Save draft"
      isDirty={form.isDirty()}
      isSending={isReading || create.isPending}
      error={create.error}
      onSubmit={save}
      onClose={onClose}
    >
      <NoSourceYet />
      <NameFields form={form} />
      <PickField
        label="Data source"
        operation="data-sources.list"
        description="Where the query reads from. You cannot change this later."
        value={dataSourceId}
        error={form.errors['dataSourceId']}
        onChange={(id) => form.setFieldValue('dataSourceId', id)}
      />
      {dataSourceId !== '' && tables.error !== null && (
        <Notice tone="warn">
          <p>
            <Prose of={tables.error.message} />
          </p>
          <p>The query can be saved all the same.</p>
        </Notice>
      )}
    </FormDialog>
  )
}

function NoSourceYet(): ReactElement | null {
  const me = useMe()
  const sources = useRead('data-sources.list', { query: { limit: 1 } })
  if (sources.data?.items.length !== 0) return null
  return (
    <Notice tone="warn">
      There is no data source yet.{' '}
      {me.may('data_source:edit') ? (
        <>
          Add a{' '}
          <Link to="/settings/$tab" params={{ tab: 'data-sources' }} search={{ dialog: 'new' }}>
            data source
          </Link>{' '}
          first.
        </>
      ) : (
        'An operator adds one in Settings.'
      )}
    </Notice>
  )
}
