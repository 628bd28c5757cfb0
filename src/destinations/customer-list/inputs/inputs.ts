import type { ActionName } from '../../../base/catalogue.ts'
import type { Limits } from '../../../base/limits.ts'
import { RollcallError } from '../../../base/rollcall-error.ts'
import { isSaved } from '../../../sources/from.ts'
import type { From } from '../../../sources/from.ts'
import type { Thresholds } from '../../../objects/query.ts'

/** What a person asks of one run. Stored with the workflow, so that a retry has the same. */
export interface SyncInputs {
  readonly from: From
  readonly query: string | null
  readonly emailColumn: string
  readonly hashed: boolean
  readonly adAccountId: string
  readonly list: string
  /** Approves a change of any size. */
  readonly yes: boolean
  /** The change set that a person approved, and no other. */
  readonly approvedChangeSet: string | null
  /** The change set whose rows a person accepted although the query's thresholds stop them, and no other. */
  readonly acceptedChangeSet: string | null
  /** Sends additions while removals wait for a person. */
  readonly sendAdditionsFirst: boolean
  /** Waits for a person once the difference is known, before anything is sent. */
  readonly review: boolean
  /** Uses a list that is not empty at first use. */
  readonly adopt: boolean
  /** Where the person wants the invalid rows listed, or null. */
  readonly rejects: string | null
  /** Keeps the masked list of invalid rows with the workflow, to be downloaded. */
  readonly keepRejects: boolean
  /** Sends only so many members: a sample. Null for all. */
  readonly sampleMembers: number | null
  /** Numbers of rows that warn or stop the run, with the name of the query they belong to. */
  readonly thresholds: (Thresholds & { readonly query: string }) | null
  /** Limits set for this run. */
  readonly limits: Partial<Limits>
  readonly cwd: string
}

/** What people allowed of one change set, which no other run may take for its own. */
export const noApprovals = { approvedChangeSet: null, acceptedChangeSet: null } as const

/** What only runs of the service have, as a run of the command line has it. */
export const plainInputs = {
  ...noApprovals,
  sendAdditionsFirst: false,
  review: false,
  keepRejects: false,
  sampleMembers: null,
  thresholds: null,
} as const satisfies Partial<SyncInputs>

/** Longest ad account ID; digits only (source: Pinterest's description of the path parameter). */
export const AD_ACCOUNT_ID = /^\d{1,18}$/

/** How a person knows the inputs that are checked. */
type InputNames = Readonly<Record<'from' | 'adAccountId' | 'list' | 'emailColumn', string>>

const NAMES: InputNames = {
  from: 'The source',
  adAccountId: 'The ad account',
  list: 'The list name',
  emailColumn: 'The e-mail column',
}

/** Refuses inputs that can never work, whatever the settings are; `names` begin the sentences. Error: `wrong_usage`. */
export function checkGiven(inputs: SyncInputs, names = NAMES): void {
  if (!isSaved(inputs.from) && (inputs.from.length === 0 || inputs.from.includes(''))) {
    refuse(`${names.from} is missing: give a file, a pattern or the address of a database.`)
  }
  if (inputs.adAccountId === '') refuse(`${names.adAccountId} is missing: ${AD_ACCOUNT_HINT}`)
  if (!AD_ACCOUNT_ID.test(inputs.adAccountId))
    refuse(`${names.adAccountId} is not an ad account ID: ${AD_ACCOUNT_HINT}`)
  if (inputs.list.trim() === '') refuse(`${names.list} is missing: name the customer list.`)
  // oxlint-disable-next-line no-control-regex -- refusing control characters is the point
  if (/[\u0000-\u001f\u007f]/.test(inputs.list)) refuse(`${names.list} holds a control character.`)
  if (inputs.emailColumn.trim() === '') refuse(`${names.emailColumn} is empty.`)
}

const AD_ACCOUNT_HINT = 'a Pinterest ad account ID has 1 to 18 digits. Find it in the Ads Manager URL.'

/** Refuses inputs that can never work, before anything is read. Error: `wrong_usage`. */
export function checkInputs(inputs: SyncInputs, limits: Limits): void {
  checkGiven(inputs)
  const nameChars = Array.from(inputs.list).length
  const charsMax = limits.listNameCharsMax
  if (nameChars > charsMax) {
    refuse(`The list name has ${nameChars} characters; the limit (listNameCharsMax) is ${charsMax}.`)
  }
}

function refuse(detail: string): never {
  throw new RollcallError('wrong_usage', { detail })
}

/** Inputs of a workflow that goes on with an action: what a person saw and allowed by it. */
export function resolvedInputs(inputs: SyncInputs, action: ActionName, changeSet: string | null): SyncInputs {
  const isApproved = action === 'approve' || action === 'send'
  return {
    ...inputs,
    adopt: inputs.adopt || action === 'adopt',
    approvedChangeSet: isApproved ? changeSet : inputs.approvedChangeSet,
    acceptedChangeSet: action === 'accept_once' ? changeSet : inputs.acceptedChangeSet,
  }
}
