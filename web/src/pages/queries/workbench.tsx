import { Button, Checkbox, Tabs, TextInput } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useRef } from 'react'
import type { ReactElement } from 'react'
import { useMe } from '../../api/me.ts'
import { ErrorNotice } from '../../ui/notices.tsx'
import { toast } from '../../ui/toasts.tsx'
import type { Query } from './query-status.tsx'
import { ResultPane } from './result-pane.tsx'
import { SourceTables, useTables } from './source-tables.tsx'
import { SqlEditor } from './sql-editor.tsx'
import type { SqlEditorHandle } from './sql-editor.tsx'
import { useAsked } from './use-asked.ts'
import type { Draft } from './use-draft.ts'

const NO_TABLES: NonNullable<ReturnType<typeof useTables>['data']>['items'] = []

/** The editor, and beside it what the text returns and what it may read. */
export function Workbench({ query, draft }: { readonly query: Query; readonly draft: Draft }): ReactElement {
  const { id, dataSource, thresholds } = query
  const me = useMe()
  const { tab = 'tables' } = useSearch({ from: '/shell/queries/$id' })
  const navigate = useNavigate({ from: '/queries/$id' })
  const tables = useTables(dataSource.id)
  const editor = useRef<SqlEditorHandle>(null)
  const preview = useAsked('queries.preview')
  const counting = useAsked('queries.count')
  const [mayEdit, mayRun] = [me.may('query:edit'), me.may('query:run')]
  const { text, isDirty, isSaving } = draft
  const show = (next: string | null): void =>
    void navigate({ search: (before) => ({ ...before, tab: next ?? 'tables' }), replace: true })
  const save = async (): Promise<void> => {
    if (!isDirty || !mayEdit) return
    await draft.save()
    toast('The draft is saved.')
  }
  /** Looking saves nothing: the draft is shared, and may be another person's. */
  const ask = (asking: typeof preview | typeof counting): void => {
    show('result')
    asking.ask({ params: { id }, body: isDirty ? { typed: text } : {} }, text)
  }
  const run = (): void => {
    if (mayRun) ask(preview)
  }
  useHotkeys(
    [
      ['mod+S', () => void save().catch(shownBelow)],
      ['mod+Enter', run],
    ],
    [],
    true,
  )
  return (
    <div className="workbench">
      <div className="workbench-side">
        <div className="workbench-bar">
          {mayRun && (
            <>
              <Button size="xs" loading={preview.isPending} onClick={run}>
                Run
              </Button>
              {me.may('pii:view') && (
                <Button
                  size="xs"
                  variant="default"
                  loading={counting.isPending}
                  onClick={() => ask(counting)}
                >
                  Count
                </Button>
              )}
            </>
          )}
          {mayEdit && (
            <>
              <Button
                size="xs"
                variant="default"
                disabled={!isDirty}
                loading={isSaving}
                onClick={() => void save().catch(shownBelow)}
              >
                Save draft
              </Button>
              {isDirty && (
                <button type="button" className="text-button small" onClick={() => draft.take(query)}>
                  Undo changes
                </button>
              )}
            </>
          )}
        </div>
        {draft.error !== null && <ErrorNotice error={draft.error} />}
        <SqlEditor
          ref={editor}
          value={text.sql}
          tables={tables.data?.items ?? NO_TABLES}
          isReadOnly={!mayEdit}
          onChange={(sql) => draft.edit({ sql })}
        />
        <div className="workbench-fields">
          <TextInput
            label="E-mail column"
            description="The column of the result that holds the addresses."
            value={text.emailColumn}
            readOnly={!mayEdit}
            onChange={(event) => draft.edit({ emailColumn: event.currentTarget.value })}
          />
          <Checkbox
            label="The source holds hashes"
            description="Check this if the column holds SHA-256 hashes. Otherwise return plain addresses: Rollcall hashes them."
            checked={text.hashed}
            disabled={!mayEdit}
            onChange={(event) => draft.edit({ hashed: event.currentTarget.checked })}
          />
        </div>
      </div>
      <Tabs className="workbench-side" value={tab} onChange={show} keepMounted={false}>
        <Tabs.List>
          {mayRun && <Tabs.Tab value="result">Result</Tabs.Tab>}
          <Tabs.Tab value="tables">Tables and columns</Tabs.Tab>
        </Tabs.List>
        {mayRun && (
          <Tabs.Panel value="result">
            <ResultPane
              preview={preview}
              counting={counting}
              thresholds={thresholds}
              text={text}
              onGoTo={(line, column) => editor.current?.goTo(line, column)}
            />
          </Tabs.Panel>
        )}
        <Tabs.Panel value="tables">
          <SourceTables
            id={dataSource.id}
            onInsert={mayEdit ? (name) => editor.current?.insert(name) : undefined}
          />
        </Tabs.Panel>
      </Tabs>
    </div>
  )
}

/** The error of a save stands above the editor. */
function shownBelow(): void {}
