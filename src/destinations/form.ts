import { formOf } from '../sources/settings.ts'
import type { SettingsForm } from '../sources/settings.ts'
import type { DestinationKind } from './contract.ts'

/** A kind of destination as a form shows it. */
export interface DestinationForm extends SettingsForm {
  readonly about: string
}

export function destinationForm(kind: DestinationKind): DestinationForm {
  return { ...formOf(kind), about: kind.about }
}
