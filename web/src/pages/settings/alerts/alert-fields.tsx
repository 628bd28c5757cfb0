import { Checkbox, NumberInput, PasswordInput, Radio, Textarea, TextInput } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import type { ReactElement } from 'react'
import type { Alert } from './alert-events.ts'
import { eventWords, useAlertTopics } from './alert-events.ts'
import { channelWords, labels } from './alert-form.ts'
import type { AlertValues } from './alert-form.ts'

interface FieldsProps {
  readonly form: UseFormReturnType<AlertValues>
  /** Null when it is not known. */
  readonly owner: Alert['owner'] | 'new'
}

/** What an alert sends, and to whom. */
export function AlertFields({ form, owner }: FieldsProps): ReactElement {
  const { events, channel } = form.getValues()
  const topics = useAlertTopics()
  // Those that it was saved with and that are no events any more can be cleared.
  const gone = form
    .getInitialValues()
    .events.filter((name) => topics.length > 0 && !topics.some(({ event }) => event === name))
  return (
    <>
      <TextInput label={labels.name} data-autofocus {...form.getInputProps('name')} />
      <Checkbox.Group
        label={labels.events}
        description={`${reachWords(owner)} You are alerted once per run, for the first matching event.`}
        {...form.getInputProps('events')}
      >
        <div className="grants">
          {topics.map(({ event, title, about }) => (
            <Checkbox key={event} value={event} label={title} description={about} />
          ))}
          {gone.map((event) => (
            <Checkbox
              key={event}
              value={event}
              label={eventWords([], [event])}
              description="This version of Rollcall does not know this event."
            />
          ))}
        </div>
      </Checkbox.Group>
      {events.includes('slower_than') && (
        <NumberInput label={labels.minutes} min={0} {...form.getInputProps('minutes')} />
      )}
      <Radio.Group label={labels.channel} {...form.getInputProps('channel')}>
        <div className="row" style={{ columnGap: 24 }}>
          <Radio value="email" label={channelWords.email} />
          <Radio value="webhook" label={channelWords.webhook} />
        </div>
      </Radio.Group>
      {channel === 'email' ? (
        <Textarea
          label={labels.to}
          description="One per line, at most 20."
          autosize
          minRows={2}
          {...form.getInputProps('to')}
        />
      ) : (
        <WebhookFields form={form} owner={owner} />
      )}
      <Checkbox label={labels.enabled} {...form.getInputProps('enabled', { type: 'checkbox' })} />
      {!isYours(owner) && (
        <Checkbox
          label={labels.takeOver}
          description="It becomes yours and covers what your access includes."
          {...form.getInputProps('takeOver', { type: 'checkbox' })}
        />
      )}
    </>
  )
}

function isYours(owner: FieldsProps['owner']): boolean {
  return owner === 'new' || owner?.isYou === true
}

/** An alert covers what its owner's access includes, also when others edit it. */
function reachWords(owner: FieldsProps['owner']): string {
  if (isYours(owner)) return 'It covers what your access includes.'
  if (owner === null || owner === 'new') return 'Your changes do not widen what it covers.'
  return `It covers what the access of ${owner.name} includes, also after you edit it.`
}

function WebhookFields({ form, owner }: FieldsProps): ReactElement {
  return (
    <>
      <TextInput
        label={labels.url}
        description="Rollcall posts JSON to it, signed with the secret."
        inputMode="url"
        autoComplete="off"
        {...form.getInputProps('url')}
      />
      <PasswordInput
        label={labels.secret}
        description={`16 to 200 letters, digits and signs. ${owner === 'new' ? 'Leave it empty to have one created and shown once.' : 'Leave it empty to keep the stored one.'}`}
        autoComplete="new-password"
        visibilityToggleButtonProps={{ 'aria-label': 'Show secret' }}
        {...form.getInputProps('secret')}
      />
    </>
  )
}
