import { Button } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useEffect, useRef, useState } from 'react'
import type { ReactElement } from 'react'
import { useRead, useSend } from '../../api/hooks.ts'
import { FormDialog } from '../../ui/form-dialog.tsx'
import { toast } from '../../ui/toasts.tsx'
import { useGoOn } from '../../ui/use-dialog.ts'
import { newValues as newCredential } from '../settings/credentials/credential-form.ts'
import { DestinationFields } from './destination-fields.tsx'
import { bodyOf, newValues, problemsOf } from './destination-form.ts'
import type { DestinationKinds, DestinationValues } from './destination-form.ts'
import { ChooseStep, CredentialStep, StepList, useOnlyCredential } from './new-destination-steps.tsx'
import type { CredentialChoice, Step } from './new-destination-steps.tsx'

/** A new destination in three steps. What you typed in a step stays when you switch steps. */
export function NewDestinationDialog(props: { readonly onClose: () => void }): ReactElement | null {
  const kinds = useRead('destinations.kinds', {})
  return kinds.data === undefined ? null : <NewDialog kinds={kinds.data.items} {...props} />
}

function NewDialog({
  kinds,
  onClose,
}: {
  readonly kinds: DestinationKinds
  readonly onClose: () => void
}): ReactElement {
  const goOn = useGoOn()
  const [step, setStep] = useState<Step>('choose')
  const [isAsked, setIsAsked] = useState(false)
  const [choice, setChoice] = useState<CredentialChoice>('present')
  const [added, setAdded] = useState<{ readonly id: string; readonly name: string }>()
  const form = useForm<DestinationValues>({
    initialValues: newValues(kinds),
    validate: (values) => problemsOf(kinds, values, true),
  })
  const credentialForm = useForm({ initialValues: newCredential })
  const addCredential = useSend('credentials.create')
  const create = useSend('destinations.create', { alsoChanges: ['credentials'] })
  const content = useRef<HTMLDivElement>(null)
  useEffect(() => {
    content.current?.querySelector<HTMLElement>('[data-autofocus], input')?.focus()
  }, [step])
  const only = useOnlyCredential()
  const { kind } = form.getValues()
  const credentialId = form.getValues().credentialId || (only?.id ?? '')
  const go = (to: Step): void => {
    setIsAsked(false)
    setStep(to)
  }
  const saveCredential = credentialForm.onSubmit((body) =>
    addCredential.mutate(
      { body },
      {
        onSuccess: ({ id, name }) => {
          toast(`Credential "${name}" is saved.`)
          setAdded({ id, name })
          setChoice('present')
          credentialForm.reset()
          form.setFieldValue('credentialId', id)
          go('settings')
        },
      },
    ),
  )
  const save = form.onSubmit((values) =>
    create.mutate(
      { body: bodyOf(kinds, values) },
      {
        onSuccess: ({ id, name }) => {
          toast(`Destination "${name}" is saved.`)
          void goOn({ to: '/destinations/$id', params: { id } })
        },
      },
    ),
  )
  const submit = (): void => {
    setIsAsked(true)
    if (step === 'settings') save()
    else if (step === 'credential' && choice === 'new') saveCredential()
    else if (step === 'credential' && credentialId !== '') {
      form.setFieldValue('credentialId', credentialId)
      go('settings')
    } else if (step === 'choose' && kind !== '') go('credential')
  }
  return (
    <FormDialog
      title="New destination"
      verb={step === 'settings' ? 'Save' : 'Continue'}
      isDirty={form.isDirty() || credentialForm.isDirty()}
      isSending={create.isPending || addCredential.isPending}
      error={step === 'settings' ? create.error : step === 'credential' ? addCredential.error : null}
      lost={
        added === undefined ? undefined : `The destination was not saved. Credential "${added.name}" stays.`
      }
      onSubmit={submit}
      onClose={onClose}
      extraAction={
        step !== 'choose' && (
          <Button
            variant="subtle"
            className="first-action"
            onClick={() => go(step === 'settings' ? 'credential' : 'choose')}
          >
            Back
          </Button>
        )
      }
    >
      <StepList step={step} />
      <div ref={content} className="stack">
        {step === 'choose' && (
          <ChooseStep
            kinds={kinds}
            value={kind}
            onChange={(chosen) => form.setFieldValue('kind', chosen)}
            error={isAsked && kind === '' ? 'Choose where to send to.' : null}
          />
        )}
        {step === 'credential' && (
          <CredentialStep
            choice={choice}
            onChoice={setChoice}
            picked={added ?? only}
            value={credentialId}
            error={isAsked && credentialId === '' ? 'Choose a credential.' : null}
            onPick={(id) => form.setFieldValue('credentialId', id)}
            form={credentialForm}
          />
        )}
        {step === 'settings' && <DestinationFields form={form} kinds={kinds} />}
      </div>
    </FormDialog>
  )
}
