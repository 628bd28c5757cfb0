import type { ColumnType, Generated } from 'kysely'

/** Tables of who may sign in, and of what they did. */

type JsonOrDefault<T> = ColumnType<T, string | undefined, string>

export interface UserTable {
  id: string
  email: string
  name: string
  password_hash: string | null
  must_change_password: Generated<boolean>
  policies: string[]
  options: Generated<string[]>
  disabled_at: Date | null
  version: Generated<number>
  created_at: Generated<Date>
  updated_at: Generated<Date>
}

export interface SessionTable {
  id: string
  token_digest: string
  user_id: string
  origin_ip: string | null
  user_agent: string | null
  created_at: Generated<Date>
  seen_at: Generated<Date>
  expires_at: Date
}

export interface ApiKeyTable {
  id: string
  name: string
  token_digest: string
  /** After a rotation the former key works until `previous_until`. */
  previous_digest: string | null
  previous_until: Date | null
  policies: string[]
  options: Generated<string[]>
  expires_at: Date | null
  revoked_at: Date | null
  last_used_at: Date | null
  version: Generated<number>
  created_at: Generated<Date>
  updated_at: Generated<Date>
}

export interface SignInFailureTable {
  /** Digest of the address that signs in, or of where from. */
  key: string
  failures: number
  last_at: Date
  blocked_until: Date | null
}

export interface ActivityTable {
  id: Generated<number>
  at: Generated<Date>
  principal_kind: 'user' | 'api_key' | 'local' | 'schedule'
  principal_id: string | null
  principal_name: string
  session_id: string | null
  action: string
  object_type: string
  object_id: string | null
  object_name: string | null
  origin_ip: string | null
  user_agent: string | null
  detail: JsonOrDefault<Record<string, unknown>>
}
