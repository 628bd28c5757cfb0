import { PasswordInput, Radio, Textarea, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import type { ReactElement } from 'react'
import { useRead, useSend } from '../../api/hooks.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { dialogOf } from '../../ui/dialog-of.ts'
import { FormDialog } from '../../ui/form-dialog.tsx'
import { NameFields } from '../../ui/name-fields.tsx'
import { toast } from '../../ui/toasts.tsx'
import { InUse } from '../../ui/in-use.tsx'
import { useGoOn } from '../../ui/use-dialog.ts'
import { useEdit } from '../../ui/use-edit.tsx'
import { bodyOf, editsOf, kindWords, labels, newValues, problemsOf, valuesOf } from './data-source-form.ts'
import type { DataSource, DataSourceForm } from './data-source-form.ts'

/** Dialogs that add, edit and delete a data source. */

const alsoChanges = ['queries']

export function NewDataSourceDialog({ onClose }: { readonly onClose: () => void }): ReactElement {
  const goOn = useGoOn()
  const create = useSend('data-sources.create')
  const form = useForm({ initialValues: newValues, validate: (values) => problemsOf(values, true) })
  const dialog = dialogOf({
    form,
    send: create,
    inputOf: (values) => ({ body: bodyOf(values) }),
    said: ({ name }) => `Data source "${name}" is saved.`,
    onSent: ({ id }) => void goOn({ to: '/settings/$tab/$id', params: { tab: 'data-sources', id } }),
    onClose,
  })
  return (
    <FormDialog title="Add data source" verb="Save" {...dialog}>
      <Radio.Group label={labels.kind} {...form.getInputProps('kind')}>
        <div className="row" style={{ columnGap: 24 }}>
          <Radio value="files" label={kindWords.files} />
          <Radio value="postgres" label={kindWords.postgres} />
        </div>
      </Radio.Group>
      <Fields form={form} isNew />
    </FormDialog>
  )
}

export function EditDataSourceDialog(props: {
  readonly source: DataSource
  readonly onClose: () => void
}): ReactElement {
  const { source, onClose } = props
  const form = useForm({
    initialValues: valuesOf(source),
    validate: (values) => problemsOf(values, false),
  })
  const { dialog } = useEdit({
    of: 'data-sources',
    noun: 'data source',
    row: source,
    form,
    valuesOf,
    labels,
    bodyOf: editsOf,
    alsoChanges,
    onClose,
  })
  return (
    <FormDialog title="Edit data source" verb="Save" {...dialog}>
      <Fields form={form} isNew={false} />
    </FormDialog>
  )
}

function Fields({ form, isNew }: { readonly form: DataSourceForm; readonly isNew: boolean }): ReactElement {
  return (
    <>
      <NameFields form={form} />
      {form.getValues().kind === 'files' ? (
        <>
          <TextInput
            label={labels.folder}
            description="Its absolute path on the server. Nothing outside of it is read."
            {...form.getInputProps('folder')}
          />
          <Textarea
            label={labels.files}
            description="Files or patterns below the folder, one a line, such as customers-*.csv. CSV, TSV, Parquet and JSON lines are read, also as .gz; all of them together are the table input."
            autosize
            minRows={2}
            {...form.getInputProps('files')}
          />
        </>
      ) : (
        <PasswordInput
          label={labels.url}
          description={`postgres://user:password@host/database, preferably a read-only user. It is encrypted and never shown again.${isNew ? '' : ' Leave this empty to keep the current one.'}`}
          autoComplete="off"
          visibilityToggleButtonProps={{ 'aria-label': 'Show what is typed' }}
          {...form.getInputProps('url')}
        />
      )}
      <Textarea
        label={labels.openColumns}
        description="One name a line, such as country. All other columns are hidden from people whose access to personal data is restricted."
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
