import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete'
import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { PostgreSQL, sql, SQLDialect } from '@codemirror/lang-sql'
import type { SQLNamespace } from '@codemirror/lang-sql'
import { bracketMatching, syntaxHighlighting } from '@codemirror/language'
import type { Extension, Transaction } from '@codemirror/state'
import { EditorView, keymap, lineNumbers, tooltips } from '@codemirror/view'
import type { Answer } from '../../api/call.ts'
import { nonce } from '../../ui/nonce.ts'
import { quoted } from './names.ts'

/** How the SQL editor behaves. Its look is in `styles/queries.css`. */

export type Tables = Answer<'data-sources.tables'>['items']

/**
 * Row engine and database both speak the SQL of PostgreSQL. Its hundreds of keywords would bury the columns among what is
 * offered, so that only those are known that read rows.
 */
const dialect = SQLDialect.define({
  ...PostgreSQL.spec,
  keywords:
    'all and any as asc between by case cast cross current_date current_timestamp desc distinct else end except exists filter first following from full group having ilike in inner intersect interval is join last lateral left like limit natural not nulls offset on or order outer over partition preceding recursive right row rows select some then unbounded union using values when where window with',
  types:
    'bigint boolean bytea char date decimal double float integer json jsonb numeric real smallint text time timestamp timestamptz uuid varchar',
  builtin:
    'avg coalesce count date_trunc extract greatest least left length lower max min now nullif position regexp_replace replace right row_number split_part substring sum trim upper',
})

/**
 * Typing over a selection. The browser would keep the look of what was there in a style attribute, which the policy of the page
 * refuses and the log of the browser tells.
 */
const typedOver = EditorView.domEventHandlers({
  beforeinput: (event, view) => {
    const { state } = view
    const { main } = state.selection
    const { data } = event
    if (event.inputType !== 'insertText' || data === null || event.isComposing) return false
    if (main.empty) return false
    if (state.readOnly) return true
    const insert = (): Transaction =>
      state.update({ ...state.replaceSelection(data), userEvent: 'input.type', scrollIntoView: true })
    const handlers = state.facet(EditorView.inputHandler)
    if (!handlers.some((handle) => handle(view, main.from, main.to, data, insert))) view.dispatch(insert())
    return true
  },
})

/** Tab indents; the editor itself lets the next Tab leave once Escape was pressed. */
export const basics: Extension = [
  nonce === '' ? [] : EditorView.cspNonce.of(nonce),
  typedOver,
  lineNumbers(),
  history(),
  bracketMatching(),
  closeBrackets(),
  EditorView.lineWrapping,
  tooltips({ position: 'absolute' }),
  autocompletion({ icons: false }),
  syntaxHighlighting({ style: (tags) => classOf(String(tags[0])) }),
  keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap, indentWithTab]),
]

const classes: Readonly<Record<string, string>> = {
  keyword: 'sql-keyword',
  typeName: 'sql-keyword',
  bool: 'sql-keyword',
  null: 'sql-keyword',
  number: 'sql-value',
  string: 'sql-value',
  lineComment: 'sql-comment',
  blockComment: 'sql-comment',
}

function classOf(tag: string): string | null {
  return classes[tag] ?? null
}

/** SQL that knows the tables of a source: completes keywords, tables, and columns with and without their table. */
export function sqlOf(tables: Tables): Extension {
  const language = sql({ dialect, schema: namespaceOf(tables), upperCaseKeywords: true })
  const columns = (context: CompletionContext): CompletionResult | null => columnsAt(context, tables)
  const names = (context: CompletionContext): CompletionResult | null => tablesAt(context, tables)
  return [
    language,
    dialect.language.data.of({ autocomplete: columns }),
    dialect.language.data.of({ autocomplete: names }),
  ]
}

/**
 * Tables of a schema by their names alone, taken with the schema that has to stand in front of them. The language itself offers
 * those that stand in none, and those of a schema once that is typed.
 */
function tablesAt(context: CompletionContext, tables: Tables): CompletionResult | null {
  const word = context.matchBefore(/(?<![\w."])(?:"[^"]*|\w+)$/)
  if (word === null) return null
  const isQuoted = word.text.startsWith('"')
  const isClosed = isQuoted && context.state.sliceDoc(context.pos, context.pos + 1) === '"'
  return {
    from: word.from,
    to: isClosed ? context.pos + 1 : context.pos,
    options: tables.flatMap(({ schema, name }) =>
      schema === null
        ? []
        : {
            label: isQuoted ? `"${name}"` : name,
            apply: `${quoted(schema)}.${quoted(name)}`,
            type: 'type',
            detail: schema,
          },
    ),
    validFor: isQuoted ? /^"[^"]*"?$/ : /^\w+$/,
  }
}

function namespaceOf(tables: Tables): SQLNamespace {
  const spaces: Record<string, Record<string, SQLNamespace>> = {}
  const top: Record<string, SQLNamespace> = {}
  for (const { schema, name, columns } of tables) {
    const level = schema === null ? top : (spaces[schema] ??= {})
    level[name] = columns.map((column) => completionOf(column))
  }
  return { ...spaces, ...top }
}

function completionOf({ name, type }: Tables[number]['columns'][number]): Completion {
  return { label: name, apply: quoted(name), type: 'property', detail: type }
}

/** Columns of the tables that the text names, or of the only one. */
function columnsAt(context: CompletionContext, tables: Tables): CompletionResult | null {
  const word = context.matchBefore(/[\w.]*/)
  if (word === null || word.text.includes('.')) return null
  if (word.text === '' && !context.explicit) return null
  const text = context.state.doc.toString().toLowerCase()
  const named = tables.length === 1 ? tables : tables.filter(({ name }) => text.includes(name.toLowerCase()))
  const options = new Map(named.flatMap(({ columns }) => columns.map((column) => [column.name, column])))
  return {
    from: word.from,
    options: [...options.values()].map((column) => completionOf(column)),
    validFor: /^\w*$/,
  }
}
