import { Button, Radio, useMantineColorScheme } from '@mantine/core'
import type { ReactElement } from 'react'
import { useMe } from '../../../api/me.ts'
import { colorSchemes } from '../../../ui/color-schemes.ts'
import { Facts } from '../../../ui/facts.tsx'
import { Section } from '../../../ui/page.tsx'
import { useDialog } from '../../../ui/use-dialog.ts'
import { useGrantsFacts } from '../grants/grants.tsx'
import { ChangePasswordDialog } from './change-password-dialog.tsx'
import { SignIns } from './sign-ins.tsx'

/** Who is signed in, where, and how they like the console. */
export function ProfileTab(): ReactElement {
  const me = useMe()
  const grants = useGrantsFacts(me)
  const { dialog, open, close } = useDialog()
  return (
    <>
      <Section
        title={me.name}
        isSubject
        actions={
          <Button variant="default" onClick={() => open('password')}>
            Change password
          </Button>
        }
      >
        <Facts of={[['E-mail address', me.email ?? 'none'], ...grants]} />
      </Section>
      <Colours />
      <Section title="Where you are signed in">
        <SignIns />
      </Section>
      {dialog === 'password' && <ChangePasswordDialog onClose={close} />}
    </>
  )
}

function Colours(): ReactElement {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <Section title="Colours">
      <Radio.Group aria-label="Colours" value={colorScheme} onChange={setColorScheme}>
        <div className="row" style={{ columnGap: 24 }}>
          {colorSchemes.map(([scheme, word]) => (
            <Radio key={scheme} value={scheme} label={word} />
          ))}
        </div>
      </Radio.Group>
    </Section>
  )
}
