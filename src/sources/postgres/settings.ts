import { z } from 'zod'
import { AddressProblem, shownAddressOf, shownText } from '../../base/postgres-address.ts'
import type { Fact, Field } from '../contract.ts'

export type PostgresSettings = {
  readonly url: string
}

export const fields = {
  url: {
    schema: z.string().max(4_000),
    label: 'Address',
    about: 'postgres://user:password@host/database',
    hint: 'postgres://user:password@host/database, preferably a read-only user.',
    ask: 'Give the address of the database.',
    problemOf,
  },
} satisfies Record<keyof PostgresSettings, Field>

export const facts = {
  host: { label: 'Host', of: ({ url }: PostgresSettings) => shownAddressOf(url).host },
  database: { label: 'Database', of: ({ url }: PostgresSettings) => shownAddressOf(url).database },
} satisfies Record<string, Fact>

/** The server and its database, if the address can be read at all. */
export function places({ url }: PostgresSettings): string[] {
  return [`postgres://${problemOf(url) === null ? shownText(shownAddressOf(url)) : '…'}`]
}

function problemOf(url: string): string | null {
  try {
    shownAddressOf(url)
    return null
  } catch (error) {
    if (error instanceof AddressProblem) return `${error.message}.`
    throw error
  }
}
