import '@mantine/core/styles.css'
import './styles/base.css'
import './styles/forms.css'
import './styles/shell.css'
import './styles/table.css'
import './styles/workflow.css'
import { MantineProvider } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { createClient } from './api/client.ts'
import { openEarly } from './api/live.ts'
import { meOptions } from './api/me.ts'
import { createConsoleRouter } from './routes.tsx'
import { askToSignIn } from './shell/sign-in-again.tsx'
import { cssVariablesResolver, theme } from './theme.ts'
import { nonce } from './ui/nonce.ts'
import { hasUnsaved } from './ui/unsaved.ts'

Object.assign(globalThis, { __webpack_nonce__: nonce })

const client = createClient((asked) => {
  if (hasUnsaved()) return askToSignIn(asked)
  client.removeQueries({ queryKey: meOptions.queryKey })
  return void router.invalidate()
})
const router = createConsoleRouter(client)
openEarly(client)

const root = document.querySelector('#root')
if (root === null) throw new Error('the page has no root')
createRoot(root).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariablesResolver}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
)
