import { NumberInput } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import type { ReactElement } from 'react'
import { count } from '../format/number.ts'

export interface LimitField<Name extends string> {
  readonly name: Name
  readonly label: string
  readonly about: string
  /** What an installation comes with. */
  readonly initial: number
  readonly min: number
  readonly max: number
  readonly allowsDecimals?: boolean
}

/** Limits of one thing alone; a field that is empty takes that of the installation. Closed while none is set. */
export function LimitFields<
  Name extends string,
  Values extends { readonly limits: Readonly<Record<Name, number | ''>> },
>(props: {
  readonly of: readonly LimitField<Name>[]
  readonly form: UseFormReturnType<Values>
}): ReactElement {
  const form = props.form as unknown as UseFormReturnType<{ limits: Record<string, number | ''> }>
  const fields: readonly LimitField<string>[] = props.of
  const isSet = Object.values(form.getInitialValues().limits).some((limit) => limit !== '')
  return (
    <details className="more-fields" open={isSet}>
      <summary>Limits</summary>
      <div className="stack">
        <p className="dim small">
          Leave a field empty to use the limit of this installation. The field shows the default.
        </p>
        {fields.map(({ name, label, about, initial, min, max, allowsDecimals = false }) => (
          <NumberInput
            key={name}
            label={label}
            description={about}
            placeholder={count(initial)}
            min={min}
            max={max}
            allowDecimal={allowsDecimals}
            thousandSeparator=","
            {...form.getInputProps(`limits.${name}`)}
            onChange={(value) => form.setFieldValue(`limits.${name}`, typeof value === 'number' ? value : '')}
          />
        ))}
      </div>
    </details>
  )
}
