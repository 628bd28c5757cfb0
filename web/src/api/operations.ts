/** Made by `npm run docs` from the OpenAPI document. */

/* eslint-disable */

export type ErrorCode = "not_enough_records" | "already_hashed" | "not_a_hash" | "missing_email_column" | "source_not_found" | "source_damaged" | "source_refused" | "query_failed" | "unordered_rows" | "authorization_error" | "insufficient_permissions" | "ad_account_not_found" | "destination_refused" | "list_not_empty" | "list_not_found" | "list_changed_elsewhere" | "ledger_damaged" | "newer_list" | "still_processing" | "large_removal" | "large_addition" | "review_needed" | "already_running" | "pinterest_unavailable" | "pinterest_refused" | "not_pinterest" | "stopped" | "interrupted" | "process_keeps_ending" | "record_damaged" | "kind_unknown" | "workflow_not_found" | "action_not_possible" | "home_not_writable" | "home_too_new" | "older_version_running" | "disk_full" | "database_unavailable" | "server_unavailable" | "secret_key_wrong" | "threshold_not_met" | "threshold_warning" | "query_not_active" | "token_expiring" | "task_skipped" | "part_failed" | "part_skipped" | "run_skipped" | "slower_than" | "alert_not_delivered" | "not_signed_in" | "sign_in_failed" | "ticket_refused" | "too_many_attempts" | "too_many_tests" | "access_denied" | "not_found" | "wrong_host" | "name_taken" | "in_use" | "changed_meanwhile" | "request_invalid" | "request_too_large" | "wrong_usage" | "internal_error"

export type ActionName = "try_now" | "retry" | "skip_task" | "skip_part" | "restart" | "stop" | "not_enough_records" | "addresses_or_hashes" | "unordered_rows" | "authorization_error" | "insufficient_permissions" | "ad_account_not_found" | "destination_refused" | "adopt" | "choose_another_name" | "rebuild" | "use_newer_list" | "approve" | "send" | "missing_email_column" | "query_failed" | "source_not_found" | "source_refused" | "source_damaged" | "threshold_not_met" | "accept_list" | "accept_once" | "still_processing"

export type Alert = { readonly "id": string; readonly "name": string; readonly "events": readonly (string)[]; readonly "target": { readonly "to": readonly (string)[] } | { readonly "url": string }; readonly "slowerThanMs": number | null; readonly "enabled": boolean; readonly "channel": "email" | "webhook"; readonly "ready": boolean; readonly "lastSentAt": string | null; readonly "lastProblem": string | null; readonly "editRefused": string | null; readonly "owner": { readonly "name": string; readonly "isYou": boolean } | null; readonly "version": number; readonly "createdAt": string; readonly "updatedAt": string }

export type AlertEdit = { readonly "version": number; readonly "name"?: string | undefined; readonly "events"?: readonly (string)[] | undefined; readonly "target"?: { readonly "to": readonly (string)[] } | { readonly "url": string; readonly "secret"?: string | undefined } | undefined; readonly "slowerThanMs"?: number | null | undefined; readonly "enabled"?: boolean | undefined; readonly "takeOver"?: boolean | undefined }

export type AlertInput = { readonly "name": string; readonly "events": readonly (string)[]; readonly "target": { readonly "to": readonly (string)[] } | { readonly "url": string; readonly "secret"?: string | undefined }; readonly "slowerThanMs"?: number | null | undefined; readonly "enabled"?: boolean | undefined }

export type ApiKey = { readonly "id": string; readonly "name": string; readonly "policies": readonly (Policy)[]; readonly "options": readonly (PolicyOption)[]; readonly "expiresAt": string | null; readonly "revokedAt": string | null; readonly "formerUntil": string | null; readonly "lastUsedAt": string | null; readonly "version": number; readonly "createdAt": string; readonly "updatedAt": string }

export type ApiKeyEdit = { readonly "version": number; readonly "name"?: string | undefined; readonly "policies"?: readonly (Policy)[] | undefined; readonly "options"?: readonly (PolicyOption)[] | undefined; readonly "expiresAt"?: string | null | undefined }

export type ApiKeyInput = { readonly "name": string; readonly "policies": readonly (Policy)[]; readonly "options"?: readonly (PolicyOption)[] | undefined; readonly "expiresAt"?: string | null | undefined }

export type Configuration = { readonly "version": 1; readonly "credentials"?: readonly ({ readonly "name": string; readonly "description"?: string | undefined; readonly "plugin"?: "pinterest" | undefined; readonly "appId"?: string | { readonly "env": string } | undefined; readonly "appSecret"?: string | { readonly "env": string } | undefined; readonly "refreshToken"?: string | { readonly "env": string } | undefined })[] | undefined; readonly "dataSources"?: readonly ({ readonly "name": string; readonly "description"?: string | undefined; readonly "kind": "files"; readonly "folder": string; readonly "files": readonly (string)[]; readonly "openColumns"?: readonly (string)[] | undefined } | { readonly "name": string; readonly "description"?: string | undefined; readonly "kind": "postgres"; readonly "host"?: string | undefined; readonly "database"?: string | undefined; readonly "url"?: string | { readonly "env": string } | undefined; readonly "openColumns"?: readonly (string)[] | undefined })[] | undefined; readonly "queries"?: readonly ({ readonly "name": string; readonly "description"?: string | undefined; readonly "dataSource": string; readonly "draft"?: { readonly "sql": string; readonly "emailColumn"?: string | undefined; readonly "hashed"?: boolean | undefined } | null | undefined; readonly "thresholds"?: { readonly "warnBelow"?: number | undefined; readonly "warnAbove"?: number | undefined; readonly "failBelow"?: number | undefined; readonly "failAbove"?: number | undefined } | undefined; readonly "active"?: { readonly "sql": string; readonly "emailColumn"?: string | undefined; readonly "hashed"?: boolean | undefined } | null | undefined })[] | undefined; readonly "destinations"?: readonly ({ readonly "name": string; readonly "description"?: string | undefined; readonly "credential": string; readonly "kind"?: "customer_list" | undefined; readonly "adminOnly"?: boolean | undefined; readonly "limitedPii"?: boolean | undefined; readonly "audiencePrimaryKey"?: "email" | undefined; readonly "adAccountId": string; readonly "limits"?: { readonly "taskWaitMs"?: number | undefined; readonly "taskWaitForMs"?: number | undefined; readonly "writesPerMinute"?: number | undefined; readonly "readsPerMinute"?: number | undefined } | undefined })[] | undefined; readonly "orchestrations"?: readonly ({ readonly "name": string; readonly "query": string; readonly "destination": string; readonly "listName"?: string | null | undefined; readonly "automatic"?: boolean | undefined; readonly "enabled"?: boolean | undefined; readonly "cron"?: string | null | undefined; readonly "timeZone"?: string | undefined; readonly "limits"?: { readonly "removalPercentMax"?: number | undefined; readonly "removalCountMax"?: number | undefined; readonly "additionPercentMax"?: number | undefined; readonly "batchSize"?: number | undefined } | undefined; readonly "adopt"?: boolean | undefined; readonly "sendAdditionsFirst"?: boolean | undefined })[] | undefined }

export type Credential = { readonly "id": string; readonly "name": string; readonly "description": string; readonly "plugin": "pinterest"; readonly "destinations": number; readonly "refreshExpiresAt": string | null; readonly "accessExpiresAt": string | null; readonly "problem": ErrorReport | null; readonly "version": number; readonly "createdAt": string; readonly "updatedAt": string }

export type CredentialEdit = { readonly "version": number; readonly "name"?: string | undefined; readonly "description"?: string | undefined; readonly "appId"?: string | undefined; readonly "appSecret"?: string | undefined; readonly "refreshToken"?: string | undefined }

export type CredentialInput = { readonly "name": string; readonly "description"?: string | undefined; readonly "plugin"?: "pinterest" | undefined; readonly "appId": string; readonly "appSecret": string; readonly "refreshToken": string }

export type DataSource = { readonly "id": string; readonly "name": string; readonly "description": string; readonly "kind": "files" | "postgres"; readonly "openColumns": readonly (string)[]; readonly "settings": { readonly "folder": string; readonly "files": readonly (string)[] } | { readonly "host": string; readonly "database": string }; readonly "queries": number; readonly "version": number; readonly "createdAt": string; readonly "updatedAt": string }

export type DataSourceEdit = { readonly "version": number; readonly "name"?: string | undefined; readonly "description"?: string | undefined; readonly "openColumns"?: readonly (string)[] | undefined; readonly "folder"?: string | undefined; readonly "files"?: readonly (string)[] | undefined; readonly "url"?: string | undefined }

export type DataSourceInput = { readonly "name": string; readonly "description"?: string | undefined; readonly "kind": "files"; readonly "openColumns"?: readonly (string)[] | undefined; readonly "folder": string; readonly "files": readonly (string)[] } | { readonly "name": string; readonly "description"?: string | undefined; readonly "kind": "postgres"; readonly "openColumns"?: readonly (string)[] | undefined; readonly "url": string }

export type Destination = { readonly "id": string; readonly "name": string; readonly "description": string; readonly "credential": Ref | null; readonly "kind": "customer_list"; readonly "adminOnly": boolean; readonly "limitedPii": boolean; readonly "limits": { readonly "taskWaitMs"?: number | undefined; readonly "taskWaitForMs"?: number | undefined; readonly "writesPerMinute"?: number | undefined; readonly "readsPerMinute"?: number | undefined }; readonly "settings": { readonly "audiencePrimaryKey": "email"; readonly "adAccountId": string; readonly "adAccountName": string }; readonly "place": Ref | null; readonly "orchestrations": number; readonly "version": number; readonly "createdAt": string; readonly "updatedAt": string; readonly "audiencePrimaryKey": "email"; readonly "adAccount": { readonly "id": string; readonly "name": string } }

export type DestinationEdit = { readonly "version": number; readonly "name"?: string | undefined; readonly "description"?: string | undefined; readonly "credentialId"?: string | undefined; readonly "adminOnly"?: boolean | undefined; readonly "limitedPii"?: boolean | undefined; readonly "limits"?: { readonly "taskWaitMs"?: number | undefined; readonly "taskWaitForMs"?: number | undefined; readonly "writesPerMinute"?: number | undefined; readonly "readsPerMinute"?: number | undefined } | undefined; readonly "audiencePrimaryKey"?: "email" | undefined; readonly "adAccountId"?: string | undefined }

export type DestinationInput = { readonly "name": string; readonly "description"?: string | undefined; readonly "credentialId": string; readonly "kind"?: "customer_list" | undefined; readonly "adminOnly"?: boolean | undefined; readonly "limitedPii"?: boolean | undefined; readonly "audiencePrimaryKey"?: "email" | undefined; readonly "adAccountId": string; readonly "limits"?: { readonly "taskWaitMs"?: number | undefined; readonly "taskWaitForMs"?: number | undefined; readonly "writesPerMinute"?: number | undefined; readonly "readsPerMinute"?: number | undefined } | undefined }

export type ErrorBody = { readonly "error": { readonly "code": ErrorCode; readonly "message": string; readonly "actions": readonly ({ readonly "action": ActionName; readonly "title": string; readonly "steps": readonly (string)[] })[]; readonly "requestId": string; readonly "checks"?: readonly ({ readonly "check": string; readonly "ok": boolean | null; readonly "text": string })[] | undefined; readonly "outcome"?: { readonly [name: string]: unknown } | undefined } }

export type ErrorReport = { readonly "code": ErrorCode; readonly "message": string; readonly "actions": readonly ({ readonly "action": ActionName; readonly "title": string; readonly "steps": readonly (string)[] })[] }

export type ObjectChange = { readonly "kind": "credential" | "data_source" | "query" | "destination" | "orchestration"; readonly "name": string; readonly "action": "create" | "change" | "delete" | "same"; readonly "fields": readonly ({ readonly "name": string; readonly "from": unknown; readonly "to": unknown })[]; readonly "notChecked"?: string | undefined; readonly "warnings"?: readonly (string)[] | undefined }

export type Orchestration = { readonly "id": string; readonly "name": string; readonly "query": Ref; readonly "destination": { readonly "id": string; readonly "name": string; readonly "kind": string; readonly "adAccountId": string | null }; readonly "automatic": boolean; readonly "enabled": boolean; readonly "limits": { readonly "removalPercentMax"?: number | undefined; readonly "removalCountMax"?: number | undefined; readonly "additionPercentMax"?: number | undefined; readonly "batchSize"?: number | undefined }; readonly "list": { readonly "name": string; readonly "id": string | null; readonly "members": number } | null; readonly "listId": string | null; readonly "target": Ref | null; readonly "schedule": { readonly "cron": string; readonly "timeZone": string; readonly "words": string; readonly "nextRuns": readonly (string)[] } | null; readonly "nextRunAt": string | null; readonly "lastWorkflow": { readonly "id": string; readonly "state": string; readonly "startedAt": string; readonly "nextTryAt": string | null; readonly "warnings": number } | null; readonly "version": number; readonly "createdAt": string; readonly "updatedAt": string; readonly "adopt": boolean; readonly "sendAdditionsFirst": boolean }

export type OrchestrationEdit = { readonly "version": number; readonly "name"?: string | undefined; readonly "queryId"?: string | undefined; readonly "destinationId"?: string | undefined; readonly "listName"?: string | null | undefined; readonly "automatic"?: boolean | undefined; readonly "enabled"?: boolean | undefined; readonly "cron"?: string | null | undefined; readonly "timeZone"?: string | undefined; readonly "limits"?: { readonly "removalPercentMax"?: number | undefined; readonly "removalCountMax"?: number | undefined; readonly "additionPercentMax"?: number | undefined; readonly "batchSize"?: number | undefined } | undefined; readonly "adopt"?: boolean | undefined; readonly "sendAdditionsFirst"?: boolean | undefined }

export type OrchestrationInput = { readonly "name": string; readonly "queryId": string; readonly "destinationId": string; readonly "listName"?: string | null | undefined; readonly "automatic"?: boolean | undefined; readonly "enabled"?: boolean | undefined; readonly "cron"?: string | null | undefined; readonly "timeZone"?: string | undefined; readonly "limits"?: { readonly "removalPercentMax"?: number | undefined; readonly "removalCountMax"?: number | undefined; readonly "additionPercentMax"?: number | undefined; readonly "batchSize"?: number | undefined } | undefined; readonly "adopt"?: boolean | undefined; readonly "sendAdditionsFirst"?: boolean | undefined }

export type Policy = "datagrid_administrator" | "datagrid_operator" | "datagrid_operator_read_only" | "analyst" | "analyst_read_only" | "marketer" | "marketer_read_only"

export type PolicyOption = "restrict_pii_access" | "allow_limited_pii_access" | "restrict_downloads" | "allow_sandbox_administration" | "allow_user_administration" | "allow_api_key_administration"

export type Query = { readonly "id": string; readonly "name": string; readonly "description": string; readonly "dataSource": Ref; readonly "draft": QueryText | null; readonly "thresholds": Thresholds; readonly "status": "draft" | "activated" | "running" | "completed" | "inactive" | "error"; readonly "active": QueryText | null; readonly "draftBy": { readonly "name": string; readonly "at": string } | null; readonly "activationRefused": string | null; readonly "activatedAt": string | null; readonly "lastRun": { readonly "at": string; readonly "rows": number | null; readonly "unreadable"?: number | undefined; readonly "seconds": number | null; readonly "workflow": string | null; readonly "error": ErrorReport | null } | null; readonly "orchestrations": readonly (Ref)[]; readonly "hiddenOrchestrations": number; readonly "version": number; readonly "createdAt": string; readonly "updatedAt": string }

export type QueryEdit = { readonly "version": number; readonly "name"?: string | undefined; readonly "description"?: string | undefined; readonly "draft"?: QueryTextInput | undefined; readonly "thresholds"?: Thresholds | undefined }

export type QueryInput = { readonly "name": string; readonly "description"?: string | undefined; readonly "dataSourceId": string; readonly "draft": QueryTextInput; readonly "thresholds"?: Thresholds | undefined }

export type QueryText = { readonly "sql": string; readonly "emailColumn": string; readonly "hashed": boolean }

export type QueryTextInput = { readonly "sql": string; readonly "emailColumn"?: string | undefined; readonly "hashed"?: boolean | undefined }

export type Ref = { readonly "id": string; readonly "name": string }

export type SettingsForm = { readonly "kind": string; readonly "title": string; readonly "fields": readonly ({ readonly "name": string; readonly "label": string; readonly "hint": string; readonly "ask": string; readonly "pattern": string | null; readonly "choices": readonly (string)[]; readonly "offers": "ad_accounts" | null; readonly "several": boolean; readonly "checkbox": boolean; readonly "secret": boolean; readonly "optional": boolean })[]; readonly "facts": readonly ({ readonly "name": string; readonly "label": string })[] }

export type Thresholds = { readonly "warnBelow"?: number | undefined; readonly "warnAbove"?: number | undefined; readonly "failBelow"?: number | undefined; readonly "failAbove"?: number | undefined }

export type User = { readonly "id": string; readonly "email": string; readonly "name": string; readonly "policies": readonly (Policy)[]; readonly "options": readonly (PolicyOption)[]; readonly "hasPassword": boolean; readonly "disabledAt": string | null; readonly "mustChangePassword": boolean; readonly "version": number; readonly "createdAt": string; readonly "updatedAt": string }

export type UserEdit = { readonly "version": number; readonly "email"?: string | undefined; readonly "name"?: string | undefined; readonly "policies"?: readonly (Policy)[] | undefined; readonly "options"?: readonly (PolicyOption)[] | undefined }

export type UserInput = { readonly "email": string; readonly "name": string; readonly "policies": readonly (Policy)[]; readonly "options"?: readonly (PolicyOption)[] | undefined; readonly "password"?: string | null | undefined }

export interface Operations {
  /** List credentials. */
  'credentials.list': {
    params: undefined
    query: { limit?: number | undefined; cursor?: string | undefined; search?: string | undefined }
    body: undefined
    answer: { readonly "items": readonly (Credential)[]; readonly "nextCursor": string | null }
  }
  /** Add a credential. */
  'credentials.create': {
    params: undefined
    query: undefined
    body: CredentialInput
    answer: Credential
  }
  /** View a credential. */
  'credentials.get': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: Credential
  }
  /** Edit a credential. */
  'credentials.update': {
    params: { id: string }
    query: undefined
    body: CredentialEdit
    answer: Credential
  }
  /** Delete a credential. */
  'credentials.delete': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: null
  }
  /** List the ad accounts that a credential can access, from Pinterest. */
  'credentials.ad-accounts': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: { readonly "items": readonly ({ readonly "id": string; readonly "name": string; readonly "permissions": readonly (string)[]; readonly "currency": string | null; readonly "mayManageLists": boolean })[] }
  }
  /** List destinations. */
  'destinations.list': {
    params: undefined
    query: { limit?: number | undefined; cursor?: string | undefined; search?: string | undefined; credentialId?: string | undefined }
    body: undefined
    answer: { readonly "items": readonly (Destination)[]; readonly "nextCursor": string | null; readonly "hidden": number }
  }
  /** Add a destination, checked with Pinterest before it is saved. */
  'destinations.create': {
    params: undefined
    query: undefined
    body: DestinationInput
    answer: Destination
  }
  /** List the kinds of destinations with their settings. */
  'destinations.kinds': {
    params: undefined
    query: undefined
    body: undefined
    answer: { readonly "items": readonly ({ readonly "kind": string; readonly "title": string; readonly "fields": readonly ({ readonly "name": string; readonly "label": string; readonly "hint": string; readonly "ask": string; readonly "pattern": string | null; readonly "choices": readonly (string)[]; readonly "offers": "ad_accounts" | null; readonly "several": boolean; readonly "checkbox": boolean; readonly "secret": boolean; readonly "optional": boolean })[]; readonly "facts": readonly ({ readonly "name": string; readonly "label": string })[]; readonly "about": string; readonly "target": { readonly "noun": string; readonly "label": string; readonly "hint": string } | null; readonly "ways": readonly ("review" | "sample")[]; readonly "sample": { readonly "members": number; readonly "hint": string } | null; readonly "orchestration": { readonly "fields": readonly ({ readonly "name": string; readonly "label": string; readonly "hint": string; readonly "ask": string; readonly "pattern": string | null; readonly "choices": readonly (string)[]; readonly "offers": "ad_accounts" | null; readonly "several": boolean; readonly "checkbox": boolean; readonly "secret": boolean; readonly "optional": boolean })[]; readonly "limits": readonly ({ readonly "name": string; readonly "label": string; readonly "about": string; readonly "initial": number; readonly "min": number; readonly "max": number })[] } })[] }
  }
  /** Check a credential and settings with Pinterest, without saving. */
  'destinations.check': {
    params: undefined
    query: undefined
    body: { readonly "credentialId": string; readonly "kind"?: "customer_list" | undefined; readonly "audiencePrimaryKey"?: "email" | undefined; readonly "adAccountId": string }
    answer: { readonly "accepted": boolean; readonly "checks": readonly ({ readonly "check": string; readonly "ok": boolean | null; readonly "text": string })[] }
  }
  /** Check a saved destination again with Pinterest. */
  'destinations.check-saved': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: { readonly "accepted": boolean; readonly "checks": readonly ({ readonly "check": string; readonly "ok": boolean | null; readonly "text": string })[] }
  }
  /** View a destination. */
  'destinations.get': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: Destination
  }
  /** Edit a destination, checked with Pinterest before it is saved. */
  'destinations.update': {
    params: { id: string }
    query: undefined
    body: DestinationEdit
    answer: Destination
  }
  /** Delete a destination. */
  'destinations.delete': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: null
  }
  /** Copy a destination under another name. */
  'destinations.copy': {
    params: { id: string }
    query: undefined
    body: { readonly "name": string }
    answer: Destination
  }
  /** List data sources. */
  'data-sources.list': {
    params: undefined
    query: { limit?: number | undefined; cursor?: string | undefined; search?: string | undefined }
    body: undefined
    answer: { readonly "items": readonly (DataSource)[]; readonly "nextCursor": string | null }
  }
  /** Add a data source. */
  'data-sources.create': {
    params: undefined
    query: undefined
    body: DataSourceInput
    answer: DataSource
  }
  /** List the types of data sources with their settings. */
  'data-sources.types': {
    params: undefined
    query: undefined
    body: undefined
    answer: { readonly "items": readonly (SettingsForm)[] }
  }
  /** View a data source. */
  'data-sources.get': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: DataSource
  }
  /** Edit a data source. */
  'data-sources.update': {
    params: { id: string }
    query: undefined
    body: DataSourceEdit
    answer: DataSource
  }
  /** Delete a data source. */
  'data-sources.delete': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: null
  }
  /** List queries. */
  'queries.list': {
    params: undefined
    query: { limit?: number | undefined; cursor?: string | undefined; search?: string | undefined; dataSourceId?: string | undefined }
    body: undefined
    answer: { readonly "items": readonly (Query)[]; readonly "nextCursor": string | null }
  }
  /** Add a query, as a draft. */
  'queries.create': {
    params: undefined
    query: undefined
    body: QueryInput
    answer: Query
  }
  /** View a query. */
  'queries.get': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: Query
  }
  /** Edit a query; a new text is a draft until you activate it. */
  'queries.update': {
    params: { id: string }
    query: undefined
    body: QueryEdit
    answer: Query
  }
  /** Delete a query. */
  'queries.delete': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: null
  }
  /** Activate the draft of a query. */
  'queries.activate': {
    params: { id: string }
    query: undefined
    body: { readonly "version": number }
    answer: { readonly "id": string; readonly "name": string; readonly "description": string; readonly "dataSource": Ref; readonly "draft": QueryText | null; readonly "thresholds": Thresholds; readonly "status": "draft" | "activated" | "running" | "completed" | "inactive" | "error"; readonly "active": QueryText | null; readonly "draftBy": { readonly "name": string; readonly "at": string } | null; readonly "activationRefused": string | null; readonly "activatedAt": string | null; readonly "lastRun": { readonly "at": string; readonly "rows": number | null; readonly "unreadable"?: number | undefined; readonly "seconds": number | null; readonly "workflow": string | null; readonly "error": ErrorReport | null } | null; readonly "orchestrations": readonly (Ref)[]; readonly "hiddenOrchestrations": number; readonly "version": number; readonly "createdAt": string; readonly "updatedAt": string; readonly "notChecked": string | null; readonly "warnings": readonly (string)[] }
  }
  /** Discard the draft of a query. */
  'queries.discard-draft': {
    params: { id: string }
    query: undefined
    body: { readonly "version": number }
    answer: Query
  }
  /** Run a query and show its first rows. */
  'queries.preview': {
    params: { id: string }
    query: undefined
    body: { readonly "text"?: "draft" | "active" | undefined; readonly "typed"?: QueryTextInput | undefined }
    answer: { readonly "columns": readonly ({ readonly "name": string; readonly "type": string; readonly "hidden": boolean })[]; readonly "rows": readonly (readonly (string | number | boolean | null)[])[]; readonly "columnsTotal": number; readonly "rowCount": number | null; readonly "masked": boolean; readonly "emailColumnProblem": string | null; readonly "unreadable": number | null; readonly "warnings": readonly (string)[]; readonly "seconds": number | null }
  }
  /** Count the rows that a query returns. */
  'queries.count': {
    params: { id: string }
    query: undefined
    body: { readonly "text"?: "draft" | "active" | undefined; readonly "typed"?: QueryTextInput | undefined }
    answer: { readonly "rows": number; readonly "unreadable": number; readonly "seconds": number }
  }
  /** List the tables and columns that a data source offers. */
  'data-sources.tables': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: { readonly "items": readonly ({ readonly "schema": string | null; readonly "name": string; readonly "columns": readonly ({ readonly "name": string; readonly "type": string })[] })[] }
  }
  /** List orchestrations. */
  'orchestrations.list': {
    params: undefined
    query: { limit?: number | undefined; cursor?: string | undefined; search?: string | undefined; destinationId?: string | undefined; queryId?: string | undefined; automatic?: "true" | "false" | undefined }
    body: undefined
    answer: { readonly "items": readonly (Orchestration)[]; readonly "nextCursor": string | null; readonly "hidden": number }
  }
  /** Add an orchestration. */
  'orchestrations.create': {
    params: undefined
    query: undefined
    body: OrchestrationInput
    answer: Orchestration
  }
  /** Describe a schedule in words, with its next runs. */
  'orchestrations.describe-schedule': {
    params: undefined
    query: { cron: string; timeZone: string }
    body: undefined
    answer: { readonly "cron": string; readonly "timeZone": string; readonly "words": string; readonly "nextRuns": readonly (string)[] }
  }
  /** View an orchestration. */
  'orchestrations.get': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: Orchestration
  }
  /** Edit, enable or disable an orchestration. */
  'orchestrations.update': {
    params: { id: string }
    query: undefined
    body: OrchestrationEdit
    answer: Orchestration
  }
  /** Delete an orchestration; its list and history stay. */
  'orchestrations.delete': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: null
  }
  /** Run an orchestration now. */
  'orchestrations.run': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: { readonly "workflow": string }
  }
  /** Show the difference first: start a workflow that waits for approval before it sends anything. */
  'orchestrations.plan': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: { readonly "workflow": string }
  }
  /** Send a sample: some members to a separate list. */
  'orchestrations.sample': {
    params: { id: string }
    query: undefined
    body: { readonly "members"?: number | undefined }
    answer: { readonly "workflow": string }
  }
  /** Copy an orchestration for another customer list. */
  'orchestrations.copy': {
    params: { id: string }
    query: undefined
    body: { readonly "name": string; readonly "listName"?: string | null | undefined }
    answer: Orchestration
  }
  /** List the customer lists with their members over time. */
  'lists.list': {
    params: undefined
    query: { limit?: number | undefined; cursor?: string | undefined; search?: string | undefined; order?: "name" | "state" | undefined; kept?: "true" | "false" | undefined; needsPerson?: "true" | "false" | undefined }
    body: undefined
    answer: { readonly "items": readonly ({ readonly "id": string; readonly "state": "failed" | "waiting" | "changed_elsewhere" | "warnings" | "stopped" | "running" | "never_run" | "in_step" | "sample" | "left"; readonly "name": string; readonly "adAccount": Ref; readonly "pinterestId": string | null; readonly "audienceId": string | null; readonly "members": number; readonly "unsure": number; readonly "orchestration": { readonly "id": string; readonly "name": string; readonly "enabled": boolean; readonly "nextRunAt": string | null } | null; readonly "destination": Ref | null; readonly "lastWorkflow": { readonly "id": string; readonly "name": string; readonly "kind": string; readonly "sample": boolean; readonly "state": "scheduled" | "running" | "stopping" | "waiting" | "failed" | "stopped" | "succeeded"; readonly "list": { readonly "name": string; readonly "adAccountId": string } | null; readonly "listId": string | null; readonly "parent": string | null; readonly "target": Ref | null; readonly "orchestrationId": string | null; readonly "startedBy": { readonly "kind": "schedule" | "user" | "api_key" | "local"; readonly "id": string | null; readonly "name": string }; readonly "startedAt": string; readonly "endedAt": string | null; readonly "seconds": number; readonly "members": number | null; readonly "inQuery": number | null; readonly "added": number | null; readonly "removed": number | null; readonly "summary": string | null; readonly "warnings": number; readonly "comparison": boolean; readonly "nextTryAt": string | null; readonly "error": { readonly "code": string; readonly "message": string } | null } | null; readonly "history": readonly ({ readonly "at": string; readonly "members": number; readonly "inStep": boolean })[]; readonly "counters": { readonly "batches": number; readonly "uploaded": number; readonly "removed": number } | null; readonly "changedElsewhere": string | null; readonly "acceptedElsewhere": { readonly "changes": string; readonly "by": string | null; readonly "at": string | null } | null; readonly "createdAt": string; readonly "updatedAt": string })[]; readonly "nextCursor": string | null; readonly "hidden": number }
  }
  /** Count the lists that are kept in step, by state. */
  'lists.summary': {
    params: undefined
    query: undefined
    body: undefined
    answer: { readonly "lists": number; readonly "needPerson": number; readonly "byState": { readonly "failed": number; readonly "waiting": number; readonly "changed_elsewhere": number; readonly "warnings": number; readonly "stopped": number; readonly "running": number; readonly "never_run": number; readonly "in_step": number; readonly "sample": number; readonly "left": number }; readonly "hidden": number }
  }
  /** View a customer list. */
  'lists.get': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: { readonly "id": string; readonly "state": "failed" | "waiting" | "changed_elsewhere" | "warnings" | "stopped" | "running" | "never_run" | "in_step" | "sample" | "left"; readonly "name": string; readonly "adAccount": Ref; readonly "pinterestId": string | null; readonly "audienceId": string | null; readonly "members": number; readonly "unsure": number; readonly "orchestration": { readonly "id": string; readonly "name": string; readonly "enabled": boolean; readonly "nextRunAt": string | null } | null; readonly "destination": Ref | null; readonly "lastWorkflow": { readonly "id": string; readonly "name": string; readonly "kind": string; readonly "sample": boolean; readonly "state": "scheduled" | "running" | "stopping" | "waiting" | "failed" | "stopped" | "succeeded"; readonly "list": { readonly "name": string; readonly "adAccountId": string } | null; readonly "listId": string | null; readonly "parent": string | null; readonly "target": Ref | null; readonly "orchestrationId": string | null; readonly "startedBy": { readonly "kind": "schedule" | "user" | "api_key" | "local"; readonly "id": string | null; readonly "name": string }; readonly "startedAt": string; readonly "endedAt": string | null; readonly "seconds": number; readonly "members": number | null; readonly "inQuery": number | null; readonly "added": number | null; readonly "removed": number | null; readonly "summary": string | null; readonly "warnings": number; readonly "comparison": boolean; readonly "nextTryAt": string | null; readonly "error": { readonly "code": string; readonly "message": string } | null } | null; readonly "history": readonly ({ readonly "at": string; readonly "members": number; readonly "inStep": boolean })[]; readonly "counters": { readonly "batches": number; readonly "uploaded": number; readonly "removed": number } | null; readonly "changedElsewhere": string | null; readonly "acceptedElsewhere": { readonly "changes": string; readonly "by": string | null; readonly "at": string | null } | null; readonly "createdAt": string; readonly "updatedAt": string }
  }
  /** Ask Pinterest for the state of a list and its audience. */
  'lists.verify': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: { readonly "checkedAt": string; readonly "list": { readonly "id": string; readonly "name": string; readonly "status": string; readonly "counters": { readonly "batches": number; readonly "uploaded": number; readonly "removed": number }; readonly "updatedAt": string } | null; readonly "audience": { readonly "id": string; readonly "name": string; readonly "status": string; readonly "size": number | null } | null; readonly "problem": string | null; readonly "isChangedElsewhere": boolean; readonly "lastSentAt": string | null }
  }
  /** Create a new customer list with this name and all members, and a new audience from it. */
  'lists.rebuild': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: { readonly "workflow": string }
  }
  /** List workflows, newest first. */
  'workflows.list': {
    params: undefined
    query: { limit?: number | undefined; cursor?: string | undefined; search?: string | undefined; state?: "scheduled" | "running" | "stopping" | "waiting" | "failed" | "stopped" | "succeeded" | undefined; kind?: string | undefined; sample?: "true" | "false" | undefined; startedBy?: "schedule" | "user" | "api_key" | "local" | undefined; orchestrationId?: string | undefined; destinationId?: string | undefined; queryId?: string | undefined; listId?: string | undefined; parent?: string | undefined; from?: string | undefined; to?: string | undefined }
    body: undefined
    answer: { readonly "items": readonly ({ readonly "id": string; readonly "name": string; readonly "kind": string; readonly "sample": boolean; readonly "state": "scheduled" | "running" | "stopping" | "waiting" | "failed" | "stopped" | "succeeded"; readonly "list": { readonly "name": string; readonly "adAccountId": string } | null; readonly "listId": string | null; readonly "parent": string | null; readonly "target": Ref | null; readonly "orchestrationId": string | null; readonly "startedBy": { readonly "kind": "schedule" | "user" | "api_key" | "local"; readonly "id": string | null; readonly "name": string }; readonly "startedAt": string; readonly "endedAt": string | null; readonly "seconds": number; readonly "members": number | null; readonly "inQuery": number | null; readonly "added": number | null; readonly "removed": number | null; readonly "summary": string | null; readonly "warnings": number; readonly "comparison": boolean; readonly "nextTryAt": string | null; readonly "error": { readonly "code": string; readonly "message": string } | null })[]; readonly "nextCursor": string | null; readonly "hidden": number }
  }
  /** View a workflow with its stages, tasks, run log and receipts. */
  'workflows.get': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: { readonly "id": string; readonly "name": string; readonly "kind": string; readonly "sample": boolean; readonly "state": "scheduled" | "running" | "stopping" | "waiting" | "failed" | "stopped" | "succeeded"; readonly "startedBy": { readonly "kind": "schedule" | "user" | "api_key" | "local"; readonly "id": string | null; readonly "name": string }; readonly "startedAt": string; readonly "endedAt": string | null; readonly "resolvedWith": string | null; readonly "followedBy": { readonly "id": string; readonly "state": "scheduled" | "running" | "stopping" | "waiting" | "failed" | "stopped" | "succeeded" } | null; readonly "orchestration": Ref | null; readonly "query": Ref | null; readonly "destination": Ref | null; readonly "credential": Ref | null; readonly "parent": string | null; readonly "target": Ref | null; readonly "parts": number; readonly "summary": string | null; readonly "facts": readonly ({ readonly "label": string; readonly "text": string })[]; readonly "list": { readonly "id": string | null; readonly "name": string; readonly "adAccountId": string } | null; readonly "listId": string | null; readonly "audience": { readonly "id": string; readonly "name": string; readonly "created": boolean } | null; readonly "rows": { readonly "received": number; readonly "invalid": number; readonly "duplicates": number; readonly "members": number; readonly "inQuery"?: number | undefined }; readonly "invalidByReason": { readonly [name: string]: number }; readonly "changes": { readonly "added": number; readonly "removed": number; readonly "unchanged": number }; readonly "known": { readonly "rows": boolean; readonly "members": boolean; readonly "additionsSent": boolean }; readonly "seconds": number; readonly "stages": readonly ({ readonly "stage": string; readonly "state": string; readonly "tasks": readonly ({ readonly "task": string; readonly "state": string; readonly "nextTryAt": string | null; readonly "attempts": number; readonly "startedAt": string; readonly "seconds": number; readonly "error": ErrorReport | null; readonly "said": string | null; readonly "output": { readonly [name: string]: unknown } | null })[] })[]; readonly "comparison": boolean; readonly "review": boolean; readonly "difference": { readonly "before": number; readonly "unsure": number; readonly "members": number; readonly "added": number; readonly "removed": number; readonly "unchanged": number; readonly "removal": { readonly "large": boolean; readonly "percent": number; readonly "limit": string }; readonly "addition": { readonly "large": boolean; readonly "percent": number | null; readonly "limit": string; readonly "percentMax"?: number | undefined }; readonly "forecast": { readonly "requests": number; readonly "seconds": number }; readonly "sample": { readonly "arrivals": readonly (string)[]; readonly "departures": readonly (string)[] } | null; readonly "audience": "enough" | "empty" | "too_few" | "too_few_in_step" | "too_few_with_audience"; readonly "audienceMinimum": number } | null; readonly "inputs": { readonly [name: string]: unknown }; readonly "log": readonly ({ readonly "at": string; readonly "level": string; readonly "task": string | null; readonly "text": string })[]; readonly "receipts": readonly ({ readonly "changeSet": string; readonly "batch": number; readonly "operation": "add" | "remove"; readonly "members": number; readonly "state": string; readonly "sentAt": string | null; readonly "answeredAt": string | null; readonly "status": number | null; readonly "requestId": string | null; readonly "attempts": number })[]; readonly "receiptsDeleted": { readonly "at": string; readonly "sha256": string; readonly "changeSets": readonly ({ readonly "changeSet": string; readonly "sha256": string })[] } | null; readonly "rejects": boolean; readonly "warnings": readonly ({ readonly "code": ErrorCode; readonly "message": string; readonly "actions": readonly ({ readonly "action": ActionName; readonly "title": string; readonly "steps": readonly (string)[] })[]; readonly "accepted"?: { readonly "by": string; readonly "at": string } | undefined })[]; readonly "error": { readonly "code": ErrorCode; readonly "message": string; readonly "actions": readonly ({ readonly "action": ActionName; readonly "title": string; readonly "steps": readonly (string)[] })[]; readonly "attribution": "configuration" | "platform" } | null }
  }
  /** Show the resolutions of a workflow that fit its error and your policies. */
  'workflows.actions': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: { readonly "items": readonly ({ readonly "action": string; readonly "title": string; readonly "about": string; readonly "steps": readonly (string)[]; readonly "subjects": readonly ({ readonly "type": string; readonly "id": string; readonly "name": string; readonly "link": string })[]; readonly "inputs": "same" | "current" | "none"; readonly "destructive": boolean })[] }
  }
  /** Take a workflow action. */
  'workflows.resolve': {
    params: { id: string }
    query: undefined
    body: { readonly "action": string }
    answer: { readonly "workflow": string; readonly "state": string }
  }
  /** Stop a workflow; what Pinterest confirmed stays on record. */
  'workflows.stop': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: { readonly "workflow": string; readonly "state": string }
  }
  /** Download the receipts of a workflow as recorded, one JSON object per line. */
  'workflows.receipts': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: string
  }
  /** Download the rejected rows of a workflow: row, reason and masked value. */
  'workflows.rejects': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: string
  }
  /** List notifications, newest first. */
  'notifications.list': {
    params: undefined
    query: { limit?: number | undefined; search?: string | undefined; cursor?: number | undefined; kind?: "running" | "completed" | "warning" | "error" | undefined; unread?: "true" | "false" | undefined; wanting?: "true" | "false" | undefined }
    body: undefined
    answer: { readonly "items": readonly ({ readonly "id": string; readonly "number": number; readonly "kind": "running" | "completed" | "warning" | "error"; readonly "title": string; readonly "text": string; readonly "code": string | null; readonly "workflow": string | null; readonly "destination": Ref | null; readonly "data": { readonly [name: string]: unknown }; readonly "read": boolean; readonly "settled": boolean; readonly "createdAt": string; readonly "updatedAt": string })[]; readonly "nextCursor": string | null; readonly "unread": number; readonly "wanting": number }
  }
  /** Mark a notification as read. */
  'notifications.read': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: null
  }
  /** Mark a notification as unread. */
  'notifications.unread': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: null
  }
  /** Mark all notifications as read, up to the newest one that you have seen. */
  'notifications.read-all': {
    params: undefined
    query: undefined
    body: { readonly "upTo": number }
    answer: { readonly "marked": number }
  }
  /** Follow changes live: server-sent events that name the resources that changed. */
  'notifications.stream': {
    params: undefined
    query: undefined
    body: undefined
    answer: string
  }
  /** List alerts. */
  'alerts.list': {
    params: undefined
    query: { limit?: number | undefined; cursor?: string | undefined; search?: string | undefined }
    body: undefined
    answer: { readonly "items": readonly (Alert)[]; readonly "nextCursor": string | null }
  }
  /** Add an alert. */
  'alerts.create': {
    params: undefined
    query: undefined
    body: AlertInput
    answer: { readonly "alert": Alert; readonly "secret": string | null }
  }
  /** List the events that alerts can send. */
  'alerts.events': {
    params: undefined
    query: undefined
    body: undefined
    answer: { readonly "items": readonly ({ readonly "event": string; readonly "title": string; readonly "about": string })[] }
  }
  /** View an alert. */
  'alerts.get': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: Alert
  }
  /** Edit an alert. */
  'alerts.update': {
    params: { id: string }
    query: undefined
    body: AlertEdit
    answer: { readonly "alert": Alert; readonly "secret": string | null }
  }
  /** Delete an alert. */
  'alerts.delete': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: null
  }
  /** Send a test alert and report the result. */
  'alerts.test': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: { readonly "delivered": boolean; readonly "text": string }
  }
  /** List the activity log, newest first. */
  'activity.list': {
    params: undefined
    query: { limit?: number | undefined; cursor?: string | undefined; principal?: string | undefined; action?: string | undefined; objectType?: string | undefined; objectId?: string | undefined; from?: string | undefined; to?: string | undefined; search?: string | undefined }
    body: undefined
    answer: { readonly "items": readonly ({ readonly "id": number; readonly "at": string; readonly "action": string; readonly "principalKind": string; readonly "principalId": string | null; readonly "principalName": string; readonly "sessionId": string | null; readonly "objectType": string; readonly "objectId": string | null; readonly "objectName": string | null; readonly "originIp": string | null; readonly "userAgent": string | null; readonly "detail": { readonly [name: string]: unknown } })[]; readonly "nextCursor": string | null }
  }
  /** Download the activity log as CSV. */
  'activity.export': {
    params: undefined
    query: { principal?: string | undefined; action?: string | undefined; objectType?: string | undefined; objectId?: string | undefined; from?: string | undefined; to?: string | undefined; search?: string | undefined }
    body: undefined
    answer: string
  }
  /** Export the configuration, without secrets. */
  'configuration.export': {
    params: undefined
    query: undefined
    body: undefined
    answer: Configuration
  }
  /** Show what applying a configuration would change. */
  'configuration.plan': {
    params: undefined
    query: undefined
    body: { readonly "document": Configuration; readonly "prune"?: boolean | undefined }
    answer: { readonly "digest": string; readonly "changes": readonly (ObjectChange)[]; readonly "left": readonly ({ readonly "kind": "credential" | "data_source" | "query" | "destination" | "orchestration"; readonly "name": string })[]; readonly "kept": readonly (string)[] }
  }
  /** Apply a configuration exactly as its plan showed. */
  'configuration.apply': {
    params: undefined
    query: undefined
    body: { readonly "document": Configuration; readonly "digest": string; readonly "prune"?: boolean | undefined }
    answer: { readonly "applied": readonly (ObjectChange)[] }
  }
  /** Sign in and set the session cookie. */
  'me.sign-in': {
    params: undefined
    query: undefined
    body: { readonly "email": string; readonly "password": string }
    answer: { readonly "name": string; readonly "mustChangePassword": boolean; readonly "expiresAt": string }
  }
  /** Sign in with the ticket from the address that the demo printed, and set the session cookie. */
  'me.sign-in-with-ticket': {
    params: undefined
    query: undefined
    body: { readonly "ticket": string }
    answer: { readonly "name": string; readonly "mustChangePassword": boolean; readonly "expiresAt": string }
  }
  /** Show whether this is the demo or a real service. */
  'me.where': {
    params: undefined
    query: undefined
    body: undefined
    answer: { readonly "demo": boolean }
  }
  /** Sign out. */
  'me.sign-out': {
    params: undefined
    query: undefined
    body: undefined
    answer: null
  }
  /** Show who you are and what you may do. */
  'me.get': {
    params: undefined
    query: undefined
    body: undefined
    answer: { readonly "kind": "user" | "api_key" | "local"; readonly "id": string; readonly "name": string; readonly "email": string | null; readonly "policies": readonly (string)[]; readonly "options": readonly (string)[]; readonly "permissions": readonly (string)[]; readonly "mustChangePassword": boolean }
  }
  /** Change your password; all your other sign-ins end. */
  'me.change-password': {
    params: undefined
    query: undefined
    body: { readonly "currentPassword": string; readonly "newPassword": string }
    answer: null
  }
  /** Where you are signed in. */
  'me.sessions': {
    params: undefined
    query: undefined
    body: undefined
    answer: { readonly "items": readonly ({ readonly "id": string; readonly "originIp": string | null; readonly "userAgent": string | null; readonly "createdAt": string; readonly "seenAt": string; readonly "expiresAt": string; readonly "current": boolean })[] }
  }
  /** End one of your sign-ins. */
  'me.end-session': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: null
  }
  /** List policies and options with what they allow. */
  'policies.list': {
    params: undefined
    query: undefined
    body: undefined
    answer: { readonly "policies": readonly ({ readonly "name": string; readonly "title": string; readonly "about": string; readonly "grants": readonly (string)[] })[]; readonly "options": readonly ({ readonly "name": string; readonly "title": string; readonly "about": string; readonly "grants": readonly (string)[]; readonly "denies": readonly (string)[] })[] }
  }
  /** List users. */
  'users.list': {
    params: undefined
    query: { limit?: number | undefined; cursor?: string | undefined; search?: string | undefined }
    body: undefined
    answer: { readonly "items": readonly (User)[]; readonly "nextCursor": string | null }
  }
  /** Add a user, who must change this password at the first sign-in. */
  'users.create': {
    params: undefined
    query: undefined
    body: UserInput
    answer: User
  }
  /** View a user. */
  'users.get': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: User
  }
  /** Edit a user. */
  'users.update': {
    params: { id: string }
    query: undefined
    body: UserEdit
    answer: User
  }
  /** Delete a user; what they did stays in the activity log. */
  'users.delete': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: null
  }
  /** Set a new password for a user, who must change it. */
  'users.set-password': {
    params: { id: string }
    query: undefined
    body: { readonly "password": string }
    answer: null
  }
  /** Unblock a user after too many wrong passwords. */
  'users.unblock': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: null
  }
  /** Disable a user; their sign-ins end. */
  'users.disable': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: User
  }
  /** Enable a user. */
  'users.enable': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: User
  }
  /** List API keys. */
  'api-keys.list': {
    params: undefined
    query: { limit?: number | undefined; cursor?: string | undefined; search?: string | undefined }
    body: undefined
    answer: { readonly "items": readonly (ApiKey)[]; readonly "nextCursor": string | null }
  }
  /** Add an API key; its token is shown once. */
  'api-keys.create': {
    params: undefined
    query: undefined
    body: ApiKeyInput
    answer: { readonly "token": string; readonly "apiKey": ApiKey }
  }
  /** View an API key. */
  'api-keys.get': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: ApiKey
  }
  /** Edit an API key. */
  'api-keys.update': {
    params: { id: string }
    query: undefined
    body: ApiKeyEdit
    answer: ApiKey
  }
  /** Rotate the token of an API key; the previous token keeps working for a while. */
  'api-keys.rotate': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: { readonly "token": string; readonly "apiKey": ApiKey }
  }
  /** End the previous token of a rotated API key now. */
  'api-keys.revoke-former': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: ApiKey
  }
  /** Revoke an API key for good. */
  'api-keys.revoke': {
    params: { id: string }
    query: undefined
    body: undefined
    answer: ApiKey
  }
}

export const operations = {
  'credentials.list': { method: 'GET', path: '/api/v1/credentials' },
  'credentials.create': { method: 'POST', path: '/api/v1/credentials' },
  'credentials.get': { method: 'GET', path: '/api/v1/credentials/{id}' },
  'credentials.update': { method: 'PATCH', path: '/api/v1/credentials/{id}' },
  'credentials.delete': { method: 'DELETE', path: '/api/v1/credentials/{id}' },
  'credentials.ad-accounts': { method: 'GET', path: '/api/v1/credentials/{id}/ad-accounts' },
  'destinations.list': { method: 'GET', path: '/api/v1/destinations' },
  'destinations.create': { method: 'POST', path: '/api/v1/destinations' },
  'destinations.kinds': { method: 'GET', path: '/api/v1/destination-kinds' },
  'destinations.check': { method: 'POST', path: '/api/v1/destinations/check' },
  'destinations.check-saved': { method: 'POST', path: '/api/v1/destinations/{id}/check' },
  'destinations.get': { method: 'GET', path: '/api/v1/destinations/{id}' },
  'destinations.update': { method: 'PATCH', path: '/api/v1/destinations/{id}' },
  'destinations.delete': { method: 'DELETE', path: '/api/v1/destinations/{id}' },
  'destinations.copy': { method: 'POST', path: '/api/v1/destinations/{id}/copy' },
  'data-sources.list': { method: 'GET', path: '/api/v1/data-sources' },
  'data-sources.create': { method: 'POST', path: '/api/v1/data-sources' },
  'data-sources.types': { method: 'GET', path: '/api/v1/data-source-types' },
  'data-sources.get': { method: 'GET', path: '/api/v1/data-sources/{id}' },
  'data-sources.update': { method: 'PATCH', path: '/api/v1/data-sources/{id}' },
  'data-sources.delete': { method: 'DELETE', path: '/api/v1/data-sources/{id}' },
  'queries.list': { method: 'GET', path: '/api/v1/queries' },
  'queries.create': { method: 'POST', path: '/api/v1/queries' },
  'queries.get': { method: 'GET', path: '/api/v1/queries/{id}' },
  'queries.update': { method: 'PATCH', path: '/api/v1/queries/{id}' },
  'queries.delete': { method: 'DELETE', path: '/api/v1/queries/{id}' },
  'queries.activate': { method: 'POST', path: '/api/v1/queries/{id}/activate' },
  'queries.discard-draft': { method: 'POST', path: '/api/v1/queries/{id}/discard-draft' },
  'queries.preview': { method: 'POST', path: '/api/v1/queries/{id}/preview' },
  'queries.count': { method: 'POST', path: '/api/v1/queries/{id}/count' },
  'data-sources.tables': { method: 'GET', path: '/api/v1/data-sources/{id}/tables' },
  'orchestrations.list': { method: 'GET', path: '/api/v1/orchestrations' },
  'orchestrations.create': { method: 'POST', path: '/api/v1/orchestrations' },
  'orchestrations.describe-schedule': { method: 'GET', path: '/api/v1/orchestrations/describe-schedule' },
  'orchestrations.get': { method: 'GET', path: '/api/v1/orchestrations/{id}' },
  'orchestrations.update': { method: 'PATCH', path: '/api/v1/orchestrations/{id}' },
  'orchestrations.delete': { method: 'DELETE', path: '/api/v1/orchestrations/{id}' },
  'orchestrations.run': { method: 'POST', path: '/api/v1/orchestrations/{id}/run' },
  'orchestrations.plan': { method: 'POST', path: '/api/v1/orchestrations/{id}/plan' },
  'orchestrations.sample': { method: 'POST', path: '/api/v1/orchestrations/{id}/sample' },
  'orchestrations.copy': { method: 'POST', path: '/api/v1/orchestrations/{id}/copy' },
  'lists.list': { method: 'GET', path: '/api/v1/lists' },
  'lists.summary': { method: 'GET', path: '/api/v1/lists/summary' },
  'lists.get': { method: 'GET', path: '/api/v1/lists/{id}' },
  'lists.verify': { method: 'GET', path: '/api/v1/lists/{id}/at-pinterest' },
  'lists.rebuild': { method: 'POST', path: '/api/v1/lists/{id}/rebuild' },
  'workflows.list': { method: 'GET', path: '/api/v1/workflows' },
  'workflows.get': { method: 'GET', path: '/api/v1/workflows/{id}' },
  'workflows.actions': { method: 'GET', path: '/api/v1/workflows/{id}/actions' },
  'workflows.resolve': { method: 'POST', path: '/api/v1/workflows/{id}/actions' },
  'workflows.stop': { method: 'POST', path: '/api/v1/workflows/{id}/stop' },
  'workflows.receipts': { method: 'GET', path: '/api/v1/workflows/{id}/receipts' },
  'workflows.rejects': { method: 'GET', path: '/api/v1/workflows/{id}/rejects' },
  'notifications.list': { method: 'GET', path: '/api/v1/notifications' },
  'notifications.read': { method: 'POST', path: '/api/v1/notifications/{id}/read' },
  'notifications.unread': { method: 'POST', path: '/api/v1/notifications/{id}/unread' },
  'notifications.read-all': { method: 'POST', path: '/api/v1/notifications/read-all' },
  'notifications.stream': { method: 'GET', path: '/api/v1/notifications/stream' },
  'alerts.list': { method: 'GET', path: '/api/v1/alerts' },
  'alerts.create': { method: 'POST', path: '/api/v1/alerts' },
  'alerts.events': { method: 'GET', path: '/api/v1/alert-events' },
  'alerts.get': { method: 'GET', path: '/api/v1/alerts/{id}' },
  'alerts.update': { method: 'PATCH', path: '/api/v1/alerts/{id}' },
  'alerts.delete': { method: 'DELETE', path: '/api/v1/alerts/{id}' },
  'alerts.test': { method: 'POST', path: '/api/v1/alerts/{id}/test' },
  'activity.list': { method: 'GET', path: '/api/v1/activity' },
  'activity.export': { method: 'GET', path: '/api/v1/activity/export' },
  'configuration.export': { method: 'GET', path: '/api/v1/configuration' },
  'configuration.plan': { method: 'POST', path: '/api/v1/configuration/plan' },
  'configuration.apply': { method: 'POST', path: '/api/v1/configuration/apply' },
  'me.sign-in': { method: 'POST', path: '/api/v1/sign-in' },
  'me.sign-in-with-ticket': { method: 'POST', path: '/api/v1/sign-in/ticket' },
  'me.where': { method: 'GET', path: '/api/v1/where' },
  'me.sign-out': { method: 'POST', path: '/api/v1/sign-out' },
  'me.get': { method: 'GET', path: '/api/v1/me' },
  'me.change-password': { method: 'POST', path: '/api/v1/me/password' },
  'me.sessions': { method: 'GET', path: '/api/v1/me/sessions' },
  'me.end-session': { method: 'DELETE', path: '/api/v1/me/sessions/{id}' },
  'policies.list': { method: 'GET', path: '/api/v1/policies' },
  'users.list': { method: 'GET', path: '/api/v1/users' },
  'users.create': { method: 'POST', path: '/api/v1/users' },
  'users.get': { method: 'GET', path: '/api/v1/users/{id}' },
  'users.update': { method: 'PATCH', path: '/api/v1/users/{id}' },
  'users.delete': { method: 'DELETE', path: '/api/v1/users/{id}' },
  'users.set-password': { method: 'POST', path: '/api/v1/users/{id}/password' },
  'users.unblock': { method: 'POST', path: '/api/v1/users/{id}/unblock' },
  'users.disable': { method: 'POST', path: '/api/v1/users/{id}/disable' },
  'users.enable': { method: 'POST', path: '/api/v1/users/{id}/enable' },
  'api-keys.list': { method: 'GET', path: '/api/v1/api-keys' },
  'api-keys.create': { method: 'POST', path: '/api/v1/api-keys' },
  'api-keys.get': { method: 'GET', path: '/api/v1/api-keys/{id}' },
  'api-keys.update': { method: 'PATCH', path: '/api/v1/api-keys/{id}' },
  'api-keys.rotate': { method: 'POST', path: '/api/v1/api-keys/{id}/rotate' },
  'api-keys.revoke-former': { method: 'POST', path: '/api/v1/api-keys/{id}/revoke-former' },
  'api-keys.revoke': { method: 'POST', path: '/api/v1/api-keys/{id}/revoke' },
} as const satisfies Record<keyof Operations, { method: string; path: string }>
