import { lazyRouteComponent } from '@tanstack/react-router'

/** A page could not be had since the server does not answer. It loads again by itself once the server does. */
export class ServerGone extends Error {
  override readonly name = 'ServerGone'
}

/**
 * A page that is loaded when it is first shown. One that is missing was replaced by an update, and the router then loads the console
 * anew. While no server answers that would lose the console altogether, so that it is another error: `ServerGone`.
 */
// oxlint-disable-next-line typescript/no-explicit-any -- as the router has it
export function lazyPage<Module extends Record<string, any>, Name extends keyof Module>(
  load: () => Promise<Module>,
  name: Name,
) {
  return lazyRouteComponent(async () => {
    try {
      return await load()
    } catch (error) {
      if (await isServerThere()) throw error
      throw new ServerGone('the server cannot be reached', { cause: error })
    }
  }, name)
}

/** Whether the server answers, and no proxy in its place. */
export async function isServerThere(): Promise<boolean> {
  return fetch('/healthz', { cache: 'no-store' }).then(
    ({ status }) => status < 500,
    () => false,
  )
}
