import { Kbd, TextInput } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import type { FormEvent, ReactElement } from 'react'
import { Icon } from '../ui/icon.tsx'

/** Looks everywhere; `/` leads to it from any page. */
export function SearchBox(): ReactElement {
  const navigate = useNavigate()
  const { q } = useSearch({ strict: false })
  const [text, setText] = useState(q ?? '')
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || isTyping(event.target)) return
      event.preventDefault()
      input.current?.focus()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (text.trim() !== '') void navigate({ to: '/search', search: { q: text.trim() } })
  }
  return (
    <form role="search" className="search" onSubmit={submit}>
      <TextInput
        ref={input}
        type="search"
        aria-label="Search everything"
        placeholder="Search"
        size="sm"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        leftSection={<Icon name="search" size={16} />}
        rightSection={<Kbd size="xs">/</Kbd>}
      />
    </form>
  )
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null
  )
}
