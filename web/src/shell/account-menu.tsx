import { ActionIcon, Menu, useMantineColorScheme } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useSend } from '../api/hooks.ts'
import { useMe } from '../api/me.ts'
import { colorSchemes } from '../ui/color-schemes.ts'
import { Icon } from '../ui/icon.tsx'
import { toast } from '../ui/toasts.tsx'

export function AccountMenu(): ReactElement {
  const me = useMe()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const signOut = useSignOut()
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <ActionIcon variant="subtle" size="lg" aria-label="Account">
          <Icon name="account" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {me.name}
          {me.email !== null && <div>{me.email}</div>}
        </Menu.Label>
        <Menu.Item
          renderRoot={(props) => <Link to="/settings/$tab" params={{ tab: 'profile' }} {...props} />}
        >
          Profile
        </Menu.Item>
        <Menu.Item component="a" href="/api/docs" target="_blank">
          API
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>Colours</Menu.Label>
        {colorSchemes.map(([scheme, word]) => (
          <Menu.Item
            key={scheme}
            role="menuitemradio"
            aria-checked={colorScheme === scheme}
            rightSection={colorScheme === scheme ? <Icon name="check" size={16} /> : null}
            onClick={() => setColorScheme(scheme)}
          >
            {word}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={signOut}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

function useSignOut(): () => void {
  const client = useQueryClient()
  const navigate = useNavigate()
  const send = useSend('me.sign-out')
  const leave = async (): Promise<void> => {
    await navigate({ to: '/sign-in' })
    client.clear()
  }
  return () =>
    send.mutate(
      {},
      {
        onError: (error) => toast(error.message, 'bad'),
        onSuccess: () => void leave(),
      },
    )
}
