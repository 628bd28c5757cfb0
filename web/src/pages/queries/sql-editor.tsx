import { closeCompletion } from '@codemirror/autocomplete'
import { Compartment, EditorState, Prec } from '@codemirror/state'
import { EditorView, keymap } from '@codemirror/view'
import { useEffect, useId, useImperativeHandle, useRef, useState } from 'react'
import type { ReactElement, Ref } from 'react'
import { basics, sqlOf } from './sql-extensions.ts'
import type { Tables } from './sql-extensions.ts'

/** What the page does to the editor from outside. */
export interface SqlEditorHandle {
  /** Puts a text in place of the selection and goes on typing after it. */
  readonly insert: (text: string) => void
  /** Both count from 1. */
  readonly goTo: (line: number, column: number) => void
}

interface Props {
  readonly value: string
  readonly tables: Tables
  readonly isReadOnly: boolean
  readonly onChange: (value: string) => void
  readonly ref: Ref<SqlEditorHandle>
}

/** The text of a query. The keyboard never gets caught in it. */
export function SqlEditor({ value, tables, isReadOnly, onChange, ref }: Props): ReactElement {
  const place = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView | null>(null)
  const [language] = useState(() => new Compartment())
  const hint = useId()
  const told = useRef(onChange)
  useEffect(() => {
    told.current = onChange
  })
  useEffect(() => {
    if (place.current === null) return undefined
    const made = new EditorView({
      parent: place.current,
      doc: value,
      extensions: [
        // The page runs it, wherever the keys are pressed.
        Prec.highest(keymap.of([{ key: 'Mod-Enter', run: (pressed) => closeCompletion(pressed) || true }])),
        basics,
        language.of(sqlOf(tables)),
        EditorState.readOnly.of(isReadOnly),
        EditorView.contentAttributes.of({
          'aria-label': 'SQL',
          'aria-describedby': hint,
          'aria-readonly': String(isReadOnly),
        }),
        EditorView.updateListener.of(({ docChanged, state }) => {
          if (docChanged) told.current(state.doc.toString())
        }),
      ],
    })
    view.current = made
    return () => made.destroy()
    // oxlint-disable-next-line react/exhaustive-deps -- made once; the effects below tell it what changes
  }, [isReadOnly, language, hint])
  useEffect(() => {
    const { current } = view
    if (current === null || current.state.doc.toString() === value) return
    current.dispatch({ changes: { from: 0, to: current.state.doc.length, insert: value } })
  }, [value])
  useEffect(() => {
    view.current?.dispatch({ effects: language.reconfigure(sqlOf(tables)) })
  }, [tables, language])
  useImperativeHandle(ref, () => ({
    insert: (text) => {
      view.current?.dispatch(view.current.state.replaceSelection(text))
      view.current?.focus()
    },
    goTo: (line, column) => {
      const { current } = view
      if (current === null) return
      const found = current.state.doc.line(Math.min(line, current.state.doc.lines))
      const anchor = Math.min(found.from + column - 1, found.to)
      current.dispatch({ selection: { anchor }, scrollIntoView: true })
      current.focus()
    },
  }))
  return (
    <div className="sql-editor">
      <div ref={place} className="sql-editor-frame" />
      <p id={hint} className="dim small">
        {isReadOnly
          ? 'You may read this query, not change it.'
          : `${modKey}+Enter runs, ${modKey}+S saves. Tab indents; press Escape, then Tab, to leave the editor.`}
      </p>
    </div>
  )
}

const modKey = /Mac|iPhone|iPad/.test(navigator.userAgent) ? 'Cmd' : 'Ctrl'
