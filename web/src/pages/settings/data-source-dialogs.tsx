import { Radio, Textarea } from '@mantine/core'
import { useForm } from '@mantine/form'
import type { ReactElement } from 'react'
import { useRead, useSend } from '../../api/hooks.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { dialogOf } from '../../ui/dialog-of.ts'
import { FormDialog } from '../../ui/form-dialog.tsx'
import { NameFields } from '../../ui/name-fields.tsx'
import { SettingField } from '../../ui/settings-fields.tsx'
import { toast } from '../../ui/toasts.tsx'
import { InUse } from '../../ui/in-use.tsx'
import { useGoOn } from '../../ui/use-dialog.ts'
import { useEdit } from '../../ui/use-edit.tsx'
import {
  bodyOf,
  editsOf,
  KIND,
  labelsOf,
  newValues,
  OPEN_COLUMNS,
  problemsOf,
  typeOf,
  valuesOf,
} from './data-source-form.ts'
import type { DataSource, DataSourceForm, SourceTypes } from './data-source-form.ts'

/** Dialogs that add, edit and delete a data source. */

const alsoChanges = ['queries']

export function NewDataSourceDialog({ onClose }: { readonly onClose: () => void }): ReactElement | null {
  const types = useRead('data-sources.types', {})
  return types.data === undefined ? null : <NewDialog types={types.data.items} onClose={onClose} />
}

interface Typed {
  readonly types: SourceTypes
}

function NewDialog({ types, onClose }: Typed & { readonly onClose: () => void }): ReactElement {
  const goOn = useGoOn()
  const create = useSend('data-sources.create')
  const form = useForm({
    initialValues: newValues(types),
    validate: (values) => problemsOf(types, values, true),
  })
  const dialog = dialogOf({
    form,
    send: create,
    inputOf: (values) => ({ body: bodyOf(types, values) }),
    said: ({ name }) => `Data source "${name}" is saved.`,
    onSent: ({ id }) => void goOn({ to: '/settings/$tab/$id', params: { tab: 'data-sources', id } }),
    onClose,
  })
  return (
    <FormDialog title="Add data source" verb="Save" {...dialog}>
      <Radio.Group label={KIND} {...form.getInputProps('kind')}>
        <div className="row" style={{ columnGap: 24 }}>
          {types.map(({ kind, title }) => (
            <Radio key={kind} value={kind} label={title} />
          ))}
        </div>
      </Radio.Group>
      <Fields form={form} types={types} isNew />
    </FormDialog>
  )
}

interface EditProps {
  readonly source: DataSource
  readonly onClose: () => void
}

export function EditDataSourceDialog(props: EditProps): ReactElement | null {
  const types = useRead('data-sources.types', {})
  return types.data === undefined ? null : <EditDialog types={types.data.items} {...props} />
}

function EditDialog({ types, source, onClose }: Typed & EditProps): ReactElement {
  const form = useForm({
    initialValues: valuesOf(types, source),
    validate: (values) => problemsOf(types, values, false),
  })
  const { dialog } = useEdit({
    of: 'data-sources',
    noun: 'data source',
    row: source,
    form,
    valuesOf: (row) => valuesOf(types, row),
    labels: labelsOf(types),
    bodyOf: (values) => editsOf(types, values),
    alsoChanges,
    onClose,
  })
  return (
    <FormDialog title="Edit data source" verb="Save" {...dialog}>
      <Fields form={form} types={types} isNew={false} />
    </FormDialog>
  )
}

function Fields({
  form,
  types,
  isNew,
}: Typed & { readonly form: DataSourceForm; readonly isNew: boolean }): ReactElement {
  const fields = typeOf(types, form.getValues()['kind'] ?? '')?.fields ?? []
  return (
    <>
      <NameFields form={form} />
      {fields.map((field) => (
        <SettingField key={field.name} field={field} isNew={isNew} {...form.getInputProps(field.name)} />
      ))}
      <Textarea
        label={OPEN_COLUMNS}
        description="One name per line, such as country. All other columns are hidden from people whose access to personal data is restricted."
        autosize
        minRows={1}
        {...form.getInputProps('openColumns')}
      />
    </>
  )
}

export function DeleteDataSourceDialog(props: {
  readonly source: DataSource
  readonly onClose: () => void
}): ReactElement | null {
  const { id, name } = props.source
  const users = useRead('queries.list', { query: { dataSourceId: id, limit: 1 } })
  const goOn = useGoOn()
  const remove = useSend('data-sources.delete')
  if (users.data === undefined) return null
  if (users.data.items.length > 0)
    return (
      <InUse noun="data source" onClose={props.onClose}>
        Queries read from it; this page lists them. It can be deleted once they are deleted.
      </InUse>
    )
  return (
    <Confirm
      title={`Delete data source "${name}"?`}
      verb="Delete data source"
      isDestructive
      onClose={props.onClose}
      onConfirm={async () => {
        await remove.mutateAsync({ params: { id } })
        toast(`Data source "${name}" is deleted.`)
        await goOn({ to: '/settings/$tab', params: { tab: 'data-sources' } })
      }}
    >
      Rollcall forgets where it is. The files or tables themselves stay as they are.
    </Confirm>
  )
}
