import type { UseFormReturnType } from '@mantine/form'
import type { UseMutationResult } from '@tanstack/react-query'
import type { FormEvent } from 'react'
import type { ApiError } from '../api/call.ts'
import { toast } from './toasts.tsx'

/** What a `FormDialog` takes of a form that is sent as one request. */
export function dialogOf<Values extends object, Input, Answer>(options: {
  readonly form: UseFormReturnType<Values>
  readonly send: UseMutationResult<Answer, ApiError, Input>
  /** What is sent of what was typed. */
  readonly inputOf: (values: Values) => Input
  /** What is said of it, also when the dialog was closed while it was sent. */
  readonly said?: (answer: Answer) => string
  /** What follows while the dialog is shown. */
  readonly onSent: (answer: Answer) => void
  readonly onClose: () => void
}): {
  readonly isDirty: boolean
  readonly isSending: boolean
  readonly error: ApiError | null
  readonly onSubmit: (event?: FormEvent<HTMLFormElement>) => void
  readonly onClose: () => void
} {
  const { form, send, inputOf, said, onSent, onClose } = options
  return {
    isDirty: form.isDirty(),
    isSending: send.isPending,
    error: send.error,
    onSubmit: form.onSubmit((values) => void submit(values)),
    onClose,
  }
  async function submit(values: Values): Promise<void> {
    try {
      const answer = await send.mutateAsync(inputOf(values), { onSuccess: onSent })
      if (said !== undefined) toast(said(answer))
    } catch {
      // The dialog shows the error, which `send` tells.
    }
  }
}
