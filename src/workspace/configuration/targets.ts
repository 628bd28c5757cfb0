import { isRollcallError } from '../../base/rollcall-error.ts'
import { digestOfSeed } from '../../access/credentials.ts'
import { checkedSecrets } from '../credentials.ts'
import { checkedColumns } from '../data-sources.ts'
import type { DestinationKind } from '../../destinations/contract.ts'
import { foreignFields, optionsOf } from '../../destinations/options.ts'
import { destinationKindOf } from '../../destinations/registry.ts'
import { isMoved, keptSecrets, neededSecrets, openSecrets } from '../kept-settings.ts'
import type { Declared, Settings, SourceType } from '../../sources/contract.ts'
import { sourceTypeOf } from '../../sources/registry.ts'
import { problemsOf, secretNames, settingsIn, shownNames } from '../../sources/settings.ts'
import { optionsAmong } from '../orchestrations.ts'
import { checkedText, checkedThresholds } from '../queries.ts'
import { parseSchedule } from '../../calendar/schedule.ts'
import type { Tenant } from '../tenant.ts'
import { canonical } from './difference.ts'
import type { Configuration, Secret } from './document.ts'
import { credentialObject } from '../../objects/credential.ts'
import type { CredentialSecrets } from '../../objects/credential.ts'
import { destinationObject } from '../../objects/destination.ts'
import type { Kind, sections } from '../../objects/kinds.ts'
import { partsOf, secretsOf } from '../../objects/object-kind.ts'
import type { Items } from './items.ts'
import { problemOf, quoted } from './problems.ts'
import type { Problem } from './problems.ts'
import type { Stored } from './state.ts'

/** What each object shall be, from what the document says of it and what it is now; and what alone is wrong with it. */

interface SecretValues {
  readonly credential: CredentialSecrets
  readonly data_source: Settings
  readonly query: never
  readonly destination: Settings
  readonly orchestration: never
}

export interface Target<K extends Kind> {
  readonly item: Items[K]
  /** Values to save; null while the object keeps what it has. */
  readonly secrets: SecretValues[K] | null
  /** Values were given, and are not taken. */
  readonly keepsSecrets?: boolean
}

export type Wanted<K extends Kind> = NonNullable<Configuration[(typeof sections)[K]]>[number]

export interface Look<K extends Kind> {
  readonly tenant: Tenant
  readonly wanted: Wanted<K>
  readonly stored: Stored<K> | undefined
  /** The kind of a destination once the document is applied; undefined for one that is not there. */
  readonly kindOf: (destination: string) => DestinationKind | undefined
  /** Where the document says it. */
  readonly path: Problem['path']
  readonly problems: Problem[]
}

export const targetOf: { readonly [K in Kind]: (look: Look<K>) => Target<K> } = {
  credential: (look) => {
    const { name, description, plugin } = look.wanted
    return { item: { name, description, plugin }, ...credentialSecrets(look) }
  },
  data_source: dataSourceOf,
  query: ({ wanted, stored, path, problems }) => {
    const { name, description, dataSource, active } = wanted
    for (const field of ['active', 'draft'] as const) {
      const text = wanted[field]
      if (text != null) problems.push(...problemOf([...path, field], () => checkedText(text)))
    }
    problems.push(...problemOf([...path, 'thresholds'], () => checkedThresholds(wanted.thresholds)))
    if (active === null && wanted.draft == null)
      problems.push({ path, text: 'it has neither an active text nor a draft.' })
    if (active === null && stored !== undefined && stored.item.active !== null) {
      const text = 'the query is active and cannot become a draft again. Give the active text as well.'
      problems.push({ path: [...path, 'active'], text })
    }
    if (stored !== undefined && stored.item.dataSource !== dataSource) {
      const text = `a query keeps its data source, ${quoted(stored.item.dataSource)}. Use another name for the new query.`
      problems.push({ path: [...path, 'dataSource'], text })
    }
    // A JSON text has no place for what is undefined.
    const thresholds = JSON.parse(JSON.stringify(wanted.thresholds)) as Items['query']['thresholds']
    const draft = wanted.draft === undefined ? keptDraft(active, stored) : wanted.draft
    return { item: { name, description, dataSource, active, draft, thresholds }, secrets: null }
  },
  destination: destinationOf,
  orchestration: (look) => {
    const { wanted, path, problems } = look
    const { automatic, cron, timeZone } = wanted
    if (cron !== null) problems.push(...problemOf([...path, 'cron'], () => parseSchedule(cron, timeZone)))
    if (automatic && cron === null) {
      const text = 'an automatic orchestration needs a schedule, such as "30 2 * * *".'
      problems.push({ path: [...path, 'cron'], text })
    }
    return { item: orchestrationItem(look), secrets: null }
  },
}

/** With the options of its destination's kind, and those that stand for what is left out. */
function orchestrationItem({
  wanted,
  kindOf,
  path,
  problems,
}: Look<'orchestration'>): Items['orchestration'] {
  const kind = kindOf(wanted.destination)
  if (kind === undefined) return wanted
  const options = optionsAmong(wanted)
  for (const field of foreignFields(kind, { options, limits: wanted.limits }))
    problems.push({ path: [...path, ...field.split('.')], text: 'does not apply to this destination.' })
  const declared = optionsOf(kind)
  const own = settingsIn(declared, options)
  for (const { field, text } of problemsOf(declared, own)) problems.push({ path: [...path, field], text })
  const common = Object.entries(wanted).filter(([name]) => !Object.hasOwn(options, name))
  return { ...(Object.fromEntries(common) as Items['orchestration']), ...own }
}

function columnsOf({ wanted, path, problems }: Look<'data_source'>): readonly string[] {
  let columns = wanted.openColumns
  const at = [...path, 'openColumns']
  problems.push(...problemOf(at, () => (columns = checkedColumns(wanted.openColumns))))
  return columns
}

/** A draft that became active is no draft any more; any other is someone's work and stays. */
function keptDraft(active: Items['query']['active'], stored: Stored<'query'> | undefined) {
  const draft = stored?.item.draft ?? null
  const isActivated =
    canonical(draft) === canonical(active) && canonical(stored?.item.active) !== canonical(active)
  return isActivated ? null : draft
}

const SECRETS = secretsOf(credentialObject)

/**
 * A new credential takes the values that are given. One that was made of given values takes others when others are given, as
 * after a new authorization; its own refresh token has long been renewed. One that was made elsewhere keeps what it has.
 */
function credentialSecrets(look: Look<'credential'>): Pick<Target<'credential'>, 'secrets' | 'keepsSecrets'> {
  const { tenant, wanted, stored, path, problems } = look
  const { appId, appSecret, refreshToken } = wanted
  if (!isValue(appId) || !isValue(appSecret) || !isValue(refreshToken)) {
    const missing = stored === undefined ? SECRETS.filter((name) => !isValue(wanted[name])) : []
    problems.push(...missing.map((name) => needed([...path, name], wanted[name])))
    return { secrets: null }
  }
  if (stored !== undefined && stored.seedDigest == null) return { secrets: null, keepsSecrets: true }
  const given = { appId: appId.trim(), appSecret: appSecret.trim(), refreshToken: refreshToken.trim() }
  problems.push(...problemOf(path, () => checkedSecrets(given)))
  const isKnown = stored !== undefined && stored.seedDigest === digestOfSeed(tenant.sealer, given)
  return { secrets: isKnown ? null : given }
}

function dataSourceOf(look: Look<'data_source'>): Target<'data_source'> {
  const { wanted, problems } = look
  const type = sourceTypeOf(wanted.kind)
  const count = problems.length
  const { settings, shown, secrets } = settingsOf(look, type, 'data source')
  const columns = columnsOf(look)
  const facts = problems.length === count ? factsOf(type, settings, look) : {}
  const { name, description, kind } = wanted
  return { item: { name, description, kind, ...shown, ...facts, openColumns: columns }, secrets }
}

function destinationOf(look: Look<'destination'>): Target<'destination'> {
  const { own } = partsOf(destinationObject.document, look.wanted)
  const { shown, secrets } = settingsOf(look, destinationKindOf(own.kind), 'destination')
  return { item: { ...own, ...shown }, secrets }
}

interface WantedSettings {
  /** All of them, secrets included. */
  readonly settings: Settings
  /** Those that are shown. */
  readonly shown: Settings
  readonly secrets: Settings | null
}

/** The settings of an object by its kind, from the document and from what is kept; secrets only when they are to be saved. */
function settingsOf<K extends 'data_source' | 'destination'>(
  {
    tenant,
    wanted,
    stored,
    path,
    problems,
  }: Pick<Look<K>, 'tenant' | 'path' | 'problems'> & {
    readonly wanted: { readonly kind: string } & Settings
    readonly stored: Pick<Stored<K>, 'id' | 'sealed' | 'item'> | undefined
  },
  type: Declared,
  noun: string,
): WantedSettings {
  const before = stored?.item as ({ readonly kind: string } & Settings) | undefined
  const isKept = before?.kind === wanted.kind
  if (stored !== undefined && !isKept) {
    const text = `a ${noun} keeps its kind. Use another name for the new one.`
    problems.push({ path: [...path, 'kind'], text })
  }
  const given = Object.fromEntries(
    secretNames(type).flatMap((name) => (isValue(wanted[name] as Secret) ? [[name, wanted[name]]] : [])),
  )
  const table = noun === 'destination' ? 'destination' : 'data_source'
  const row = { id: stored?.id ?? '', sealed: stored?.sealed ?? null }
  const opened = isKept ? unlessOtherKey(() => openSecrets(type, row, tenant.sealer, table)) : {}
  const kept = opened ?? {}
  const shown = Object.fromEntries(
    shownNames(type).flatMap((name) => (wanted[name] === undefined ? [] : [[name, wanted[name]]])),
  )
  const settings: Settings = { ...kept, ...shown, ...given }
  const isElsewhere = isKept && isMoved(type, settingsIn(type, before), settings)
  const fixed = isElsewhere ? keptSecrets(type, kept, given) : []
  const missing = isKept && opened !== null ? fixed : neededSecrets(type, given)
  const moved = isElsewhere ? 'it would be sent to another place' : 'it is new'
  problems.push(
    ...missing.map((name) =>
      needed(
        [...path, name],
        wanted[name] as Secret | undefined,
        opened === null ? 'what is stored was sealed with another key' : moved,
      ),
    ),
    ...problemsOf(type, settings)
      .filter(({ field }) => !missing.includes(field))
      .map(({ field, text }) => ({ path: [...path, field], text })),
  )
  const isSame = Object.entries(given).every(([name, value]) => kept[name] === value)
  return { settings, shown, secrets: isSame && !isElsewhere ? null : given }
}

/** Null for what only another key opens. */
function unlessOtherKey<T>(open: () => T): T | null {
  try {
    return open()
  } catch (error) {
    if (isRollcallError(error) && error.code === 'secret_key_wrong') return null
    throw error
  }
}

/** What the settings lead to, which is what the document says of it, if it says so. */
function factsOf(
  type: SourceType,
  settings: Settings,
  { wanted, path, problems }: Look<'data_source'>,
): Settings {
  const facts = Object.entries(type.facts ?? {}).map(([name, fact]) => [name, fact.of(settings)] as const)
  for (const [name, fact] of facts) {
    const said = wanted[name]
    if (said === undefined || said === fact) continue
    const [first = ''] = secretNames(type)
    const secret = wanted[first] as Secret | undefined
    problems.push(
      isValue(secret)
        ? { path: [...path, name], text: `${first} leads to ${quoted(fact)}.` }
        : needed([...path, first], secret, `another ${name} is another address`),
    )
  }
  return Object.fromEntries(facts)
}

function isValue(secret: Secret | undefined): secret is string {
  return typeof secret === 'string'
}

/** A server resolves no reference: a user of the API could have it read its own secrets and send them elsewhere. */
function needed(path: Problem['path'], secret: Secret | undefined, why = 'it is new'): Problem {
  const field = String(path.at(-1))
  const text =
    typeof secret === 'object'
      ? `${why}, so set the environment variable ${secret.env} where rollcall apply runs; a server reads no variables for a request.`
      : `${why}, so ${field} is needed: write \`${field}: {env: NAME}\` and set that environment variable where rollcall apply runs.`
  return { path, text }
}
