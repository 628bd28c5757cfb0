import { Autocomplete } from '@mantine/core'
import type { ReactElement } from 'react'
import type { Item } from '../../api/call.ts'
import { useRead } from '../../api/hooks.ts'
import { roleWords } from '../../format/access.ts'
import { Mark } from '../../ui/mark.tsx'
import type { SettingsField } from '../../ui/settings-form.ts'
import { offeredWithin } from '../../ui/offered-within.ts'
import { Prose } from '../../ui/prose.tsx'

type Account = Item<'credentials.ad-accounts'>

/** Offers the ad accounts that a credential reaches; another ID can be typed, and is asked of Pinterest when it is saved. */
export function AdAccountField(props: {
  readonly field: SettingsField
  readonly typed: string
  readonly credentialId: string
  /** What the form gives an input. */
  readonly input: object
}): ReactElement {
  const { field, credentialId } = props
  const accounts = useRead(
    'credentials.ad-accounts',
    { params: { id: credentialId } },
    { enabled: credentialId !== '' },
  )
  const offered = accounts.data?.items ?? []
  const named = (id: string): Account | undefined => offered.find((account) => account.id === id)
  const typed = props.typed.trim()
  return (
    <div>
      <Autocomplete
        {...offeredWithin}
        label={field.label}
        description={field.hint}
        data={offered.map(({ id }) => id)}
        filter={({ options, search }) => {
          const wanted = search.trim().toLowerCase()
          if (named(wanted) !== undefined) return options
          return options.filter((option) => {
            const id = 'value' in option ? option.value : ''
            return `${named(id)?.name ?? ''} ${id}`.toLowerCase().includes(wanted)
          })
        }}
        renderOption={({ option }) => <AccountOption account={named(option.value)} />}
        maxDropdownHeight={260}
        required
        withAsterisk={false}
        {...props.input}
      />
      <div className="account-said small" aria-live="polite">
        {accounts.error !== null ? (
          <Mark tone="warn" icon="warn">
            The ad accounts cannot be offered. <Prose of={accounts.error.message} />
          </Mark>
        ) : accounts.data === undefined ? (
          credentialId !== '' && <span className="dim">Asking Pinterest which ad accounts it reaches…</span>
        ) : (
          <Said account={named(typed)} isTyped={new RegExp(field.pattern ?? '').test(typed)} />
        )}
      </div>
    </div>
  )
}

function AccountOption({ account }: { readonly account: Account | undefined }): ReactElement | null {
  if (account === undefined) return null
  const { id, name, permissions, currency, mayManageLists } = account
  return (
    <div>
      <div>
        {name} <code>{id}</code>
      </div>
      <div className="dim small">
        {roleWords(permissions)}
        {currency !== null && ` · ${currency}`}
        {!mayManageLists && ' · may not manage customer lists'}
      </div>
    </div>
  )
}

function Said(props: {
  readonly account: Account | undefined
  readonly isTyped: boolean
}): ReactElement | null {
  const { account, isTyped } = props
  if (account === undefined)
    return isTyped ? <span className="dim">The credential does not list it. Save asks Pinterest.</span> : null
  const { name, permissions, currency, mayManageLists } = account
  const words = [name, roleWords(permissions), ...(currency === null ? [] : [currency])].join(' · ')
  return mayManageLists ? (
    <Mark tone="ok">{words}</Mark>
  ) : (
    <Mark tone="warn" icon="warn">
      {words}: this role may not manage customer lists.
    </Mark>
  )
}
