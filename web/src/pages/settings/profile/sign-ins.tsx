import { Button } from '@mantine/core'
import type { ReactElement } from 'react'
import type { Item } from '../../../api/call.ts'
import { useRead, useSend } from '../../../api/hooks.ts'
import { deviceWords } from '../../../format/device.ts'
import { DataTable } from '../../../table/data-table.tsx'
import type { Column } from '../../../table/data-table.tsx'
import { Mark } from '../../../ui/mark.tsx'
import { Time } from '../../../ui/time.tsx'
import { toast } from '../../../ui/toasts.tsx'

type SignIn = Item<'me.sessions'>

const columns: readonly Column<SignIn>[] = [
  {
    id: 'device',
    header: 'Device',
    width: '34%',
    cell: ({ userAgent, originIp }) => (
      <>
        <span className="strong" title={userAgent ?? undefined}>
          {deviceWords(userAgent)}
        </span>
        <div className="dim small">{originIp === null ? '' : `from ${originIp}`}</div>
      </>
    ),
  },
  { id: 'since', header: 'Signed in', cell: ({ createdAt }) => <Time at={createdAt} /> },
  { id: 'seen', header: 'Last seen', cell: ({ seenAt }) => <Time at={seenAt} /> },
  { id: 'until', header: 'Ends', cell: ({ expiresAt }) => <Time at={expiresAt} /> },
  { id: 'end', header: 'Sign-in', cell: (signIn) => <End signIn={signIn} /> },
]

/** Every sign-in of this person, the newest first. */
export function SignIns(): ReactElement {
  const signIns = useRead('me.sessions', {})
  return (
    <>
      <DataTable
        label="Where you are signed in"
        reading={signIns}
        columns={columns}
        rows={signIns.data?.items}
        keyOf={({ id }) => id}
      />
    </>
  )
}

function End({ signIn }: { readonly signIn: SignIn }): ReactElement {
  const { id, userAgent, current } = signIn
  const device = deviceWords(userAgent)
  const end = useSend('me.end-session', { onDone: () => toast(`${device} is signed out.`) })
  if (current) return <Mark tone="ok">You are here</Mark>
  return (
    <Button
      variant="default"
      size="xs"
      aria-label={`End the sign-in of ${device}`}
      loading={end.isPending}
      onClick={() => end.mutate({ params: { id } }, { onError: (error) => toast(error.message, 'bad') })}
    >
      End
    </Button>
  )
}
