import { formOf } from '../sources/settings.ts'
import type { SettingsForm } from '../sources/settings.ts'
import type { DestinationKind, TargetKind, Way } from './contract.ts'

/** A kind of destination as a form shows it. */
export interface DestinationForm extends SettingsForm {
  readonly about: string
  /** What its orchestrations write to by a name of their own; null for nothing. */
  readonly target: Pick<TargetKind, 'noun' | 'label' | 'hint'> | null
  readonly ways: readonly Way[]
}

export function destinationForm(kind: DestinationKind): DestinationForm {
  const { about, target, ways } = kind
  return { ...formOf(kind), about, target: target === null ? null : shownTarget(target), ways }
}

function shownTarget({ noun, label, hint }: TargetKind) {
  return { noun, label, hint }
}
