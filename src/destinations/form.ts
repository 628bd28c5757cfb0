import { limitDefinitions } from '../base/limits.ts'
import type { LimitName, Limits } from '../base/limits.ts'
import { fieldsOf, formOf } from '../sources/settings.ts'
import type { SettingsForm } from '../sources/settings.ts'
import type { DestinationKind, OrchestrationOptions, OwnLimit, TargetKind, Way } from './contract.ts'

/** A kind of destination as a form shows it. */
export interface DestinationForm extends SettingsForm {
  readonly about: string
  /** What its orchestrations write to by a name of their own; null for nothing. */
  readonly target: Pick<TargetKind, 'noun' | 'label' | 'hint'> | null
  readonly ways: readonly Way[]
  /** What a sample should hold at least; null where its kind does not say. */
  readonly sample: { readonly members: number; readonly hint: string } | null
  /** What its orchestrations take in addition to what all of them have. */
  readonly orchestration: {
    readonly fields: SettingsForm['fields']
    readonly limits: readonly LimitForm[]
  }
}

/** A limit as a form shows it, in the unit of the limit. */
interface LimitForm {
  readonly name: string
  readonly label: string
  readonly about: string
  /** What an installation comes with. */
  readonly initial: number
  readonly min: number
  readonly max: number
}

export function destinationForm(kind: DestinationKind, limits: Limits): DestinationForm {
  const { about, target, ways, sample, orchestration } = kind
  return {
    ...formOf(kind),
    about,
    target: target === null ? null : shownTarget(target),
    ways,
    sample:
      sample === undefined
        ? null
        : { members: limits[sample.members], hint: sample.hint(limits[sample.members]) },
    orchestration: { fields: fieldsOf(orchestration.fields), limits: limitsOf(orchestration) },
  }
}

function limitsOf({ limits }: OrchestrationOptions): LimitForm[] {
  return Object.entries(limits as Readonly<Record<string, OwnLimit>>).map(([name, { label, hint }]) => {
    const { default: initial, min, max } = limitDefinitions[name as LimitName]
    return { name, label, about: hint, initial, min, max }
  })
}

function shownTarget({ noun, label, hint }: TargetKind) {
  return { noun, label, hint }
}
