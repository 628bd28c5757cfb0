import type { QueryClient } from '@tanstack/react-query'
import { createRootRoute, createRoute, createRouter, redirect } from '@tanstack/react-router'
import { lazyPage } from './lazy-page.ts'
import { ApiError } from './api/call.ts'
import { meOptions } from './api/me.ts'
import { PageFailed, LoadingPage, PageNotFound } from './pages/page-problems.tsx'
import { Shell } from './shell/shell.tsx'
import { parseSearch, searchOf, writeSearch } from './url-search.ts'

/** Every page of the console with its address. Each is loaded when it is first opened. */

const root = createRootRoute()

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: searchOf('next'),
  component: lazyPage(() => import('./pages/access/sign-in-page.tsx'), 'SignInPage'),
})

const choosePassword = createRoute({
  getParentRoute: () => root,
  path: '/choose-password',
  component: lazyPage(() => import('./pages/access/choose-password-page.tsx'), 'ChoosePasswordPage'),
})

/** All pages below need someone who is signed in. */
function shellRoute(client: QueryClient) {
  return createRoute({
    getParentRoute: () => root,
    id: 'shell',
    component: Shell,
    beforeLoad: async ({ location }) => {
      const me = await client.ensureQueryData(meOptions).catch((error: unknown) => {
        if (!(error instanceof ApiError) || error.status !== 401) throw error
        throw redirect({ to: '/sign-in', search: location.href === '/' ? {} : { next: location.href } })
      })
      if (me.mustChangePassword) throw redirect({ to: '/choose-password' })
    },
  })
}

export function createConsoleRouter(client: QueryClient) {
  const shell = shellRoute(client)
  const getParentRoute = (): typeof shell => shell
  const overview = createRoute({
    getParentRoute,
    path: '/',
    validateSearch: searchOf('search', 'cursor'),
    component: lazyPage(() => import('./pages/overview-page.tsx'), 'OverviewPage'),
  })
  const search = createRoute({
    getParentRoute,
    path: '/search',
    validateSearch: searchOf('q'),
    component: lazyPage(() => import('./pages/search-page.tsx'), 'SearchPage'),
  })
  const connect = createRoute({
    getParentRoute,
    path: '/connect',
    component: lazyPage(() => import('./pages/connect-page.tsx'), 'ConnectPage'),
  })
  const workflows = createRoute({
    getParentRoute,
    path: '/workflows',
    validateSearch: searchOf(
      'search',
      'state',
      'kind',
      'sample',
      'startedBy',
      'orchestrationId',
      'destinationId',
      'queryId',
      'from',
      'to',
      'cursor',
    ),
    component: lazyPage(() => import('./pages/workflows/workflows-page.tsx'), 'WorkflowsPage'),
  })
  const configured = createRoute({
    getParentRoute,
    path: '/workflows/configured',
    validateSearch: searchOf('search', 'cursor'),
    component: lazyPage(() => import('./pages/workflows/configured-page.tsx'), 'ConfiguredPage'),
  })
  const workflow = createRoute({
    getParentRoute,
    path: '/workflows/$id',
    validateSearch: searchOf('tab', 'dialog'),
    component: lazyPage(() => import('./pages/workflows/workflow-page.tsx'), 'WorkflowPage'),
  })
  const action = createRoute({
    getParentRoute,
    path: '/workflows/$id/actions/$action',
    component: lazyPage(() => import('./pages/workflows/action-page.tsx'), 'ActionPage'),
  })
  const destinations = createRoute({
    getParentRoute,
    path: '/destinations',
    validateSearch: searchOf('search', 'cursor', 'dialog'),
    component: lazyPage(() => import('./pages/destinations/destinations-page.tsx'), 'DestinationsPage'),
  })
  const destination = createRoute({
    getParentRoute,
    path: '/destinations/$id',
    validateSearch: searchOf('dialog'),
    component: lazyPage(() => import('./pages/destinations/destination-page.tsx'), 'DestinationPage'),
  })
  const queries = createRoute({
    getParentRoute,
    path: '/queries',
    validateSearch: searchOf('search', 'cursor', 'dialog'),
    component: lazyPage(() => import('./pages/queries/queries-page.tsx'), 'QueriesPage'),
  })
  const query = createRoute({
    getParentRoute,
    path: '/queries/$id',
    validateSearch: searchOf('tab', 'dialog'),
    component: lazyPage(() => import('./pages/queries/query-page.tsx'), 'QueryPage'),
  })
  const orchestrations = createRoute({
    getParentRoute,
    path: '/orchestrations',
    validateSearch: searchOf('search', 'cursor', 'dialog'),
    component: lazyPage(() => import('./pages/orchestrations/orchestrations-page.tsx'), 'OrchestrationsPage'),
  })
  const orchestration = createRoute({
    getParentRoute,
    path: '/orchestrations/$id',
    validateSearch: searchOf('tab', 'dialog'),
    component: lazyPage(() => import('./pages/orchestrations/orchestration-page.tsx'), 'OrchestrationPage'),
  })
  const plan = createRoute({
    getParentRoute,
    path: '/orchestrations/$id/plan',
    component: lazyPage(() => import('./pages/orchestrations/plan-page.tsx'), 'PlanPage'),
  })
  const list = createRoute({
    getParentRoute,
    path: '/lists/$id',
    validateSearch: searchOf('dialog'),
    component: lazyPage(() => import('./pages/lists/list-page.tsx'), 'ListPage'),
  })
  const settings = createRoute({
    getParentRoute,
    path: '/settings',
    component: lazyPage(() => import('./pages/settings/settings-page.tsx'), 'SettingsStart'),
  })
  const settingsTab = createRoute({
    getParentRoute,
    path: '/settings/$tab',
    validateSearch: searchOf(
      'search',
      'cursor',
      'dialog',
      'principal',
      'action',
      'objectType',
      'objectId',
      'from',
      'to',
    ),
    component: lazyPage(() => import('./pages/settings/settings-page.tsx'), 'SettingsPage'),
  })
  const settingsItem = createRoute({
    getParentRoute,
    path: '/settings/$tab/$id',
    validateSearch: searchOf('dialog'),
    component: lazyPage(() => import('./pages/settings/settings-page.tsx'), 'SettingsItemPage'),
  })
  const nowhere = createRoute({ getParentRoute, path: '$', component: PageNotFound })
  return createRouter({
    routeTree: root.addChildren([
      signIn,
      choosePassword,
      shell.addChildren([
        overview,
        search,
        connect,
        workflows,
        configured,
        workflow,
        action,
        destinations,
        destination,
        queries,
        query,
        orchestrations,
        orchestration,
        plan,
        list,
        settings,
        settingsTab,
        settingsItem,
        nowhere,
      ]),
    ]),
    parseSearch,
    stringifySearch: writeSearch,
    defaultPreload: 'intent',
    scrollRestoration: true,
    defaultPendingComponent: LoadingPage,
    defaultErrorComponent: PageFailed,
    defaultNotFoundComponent: PageNotFound,
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>
  }
}
