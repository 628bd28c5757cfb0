/** How far the way to a list in step has come, as one person sees it: said only as far as they may know and do it. */

export type StepName = 'pinterest' | 'credential' | 'destination' | 'query' | 'orchestration'

/** What of a step a person sees. */
export interface Sees {
  /** Their policies show its things. */
  readonly maySee: boolean
  /** The thing that makes it done, of those that they see. */
  readonly name: string | null
  /** Further ones that their access does not include. */
  readonly hidden: number
}

/**
 * - `done`: it is.
 * - `next`: the first that is open.
 * - `later`: open, after the first.
 * - `not shown`: their policies do not tell whether it is done.
 */
export interface StepProgress {
  readonly step: StepName
  readonly state: 'done' | 'next' | 'later' | 'not shown'
  /** They may do it themselves. */
  readonly mayDo: boolean
}

type Seen = Readonly<Record<'credential' | 'destination' | 'query' | 'orchestration', Sees>>

const EDITS: Readonly<Record<StepName, string>> = {
  pinterest: 'credential:edit',
  credential: 'credential:edit',
  destination: 'destination:edit',
  query: 'query:edit',
  orchestration: 'orchestration:edit',
}

/** What lets a person do one of the steps. */
export const stepPermissions: readonly string[] = [...new Set(Object.values(EDITS))]

/** The steps in their order. A destination tells that there is a credential, which few may see. */
export function stepProgress(seen: Seen, may: (permission: string) => boolean): readonly StepProgress[] {
  const { credential, destination, query, orchestration } = seen
  const hasCredential = isThere(credential) || isThere(destination)
  const steps = [
    { step: 'pinterest', maySee: credential.maySee, isDone: hasCredential },
    { step: 'credential', maySee: credential.maySee, isDone: hasCredential },
    { step: 'destination', maySee: destination.maySee, isDone: isThere(destination) },
    { step: 'query', maySee: query.maySee, isDone: query.name !== null },
    // Whether one that is hidden has sent anything is not known.
    {
      step: 'orchestration',
      maySee: orchestration.maySee && orchestration.hidden === 0,
      isDone: orchestration.name !== null,
    },
  ] as const
  const next = steps.find(({ maySee, isDone }) => maySee && !isDone)
  return steps.map(({ step, maySee, isDone }) => ({
    step,
    state: isDone ? 'done' : !maySee ? 'not shown' : step === next?.step ? 'next' : 'later',
    mayDo: may(EDITS[step]),
  }))
}

function isThere({ name, hidden }: Sees): boolean {
  return name !== null || hidden > 0
}
