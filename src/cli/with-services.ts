import { RollcallError } from '../base/rollcall-error.ts'
import type { Needs } from '../platform/open.ts'
import type { Services } from '../workflow/services.ts'

/**
 * Opens the services, does the work and closes them. Ctrl-C and SIGTERM stop the work in an orderly way: what is under way is
 * recorded, then the process ends. The heavy modules are loaded here and not before, so that `--help` is quick.
 */
export async function withServices<T>(
  work: (services: Services, signal: AbortSignal) => Promise<T>,
  needs: Needs = {},
): Promise<T> {
  const { openServices } = await import('../platform/open.ts')
  const interruption = catchSignals()
  try {
    const services = await openServices(process.env, needs)
    try {
      return await work(services, interruption.signal)
    } finally {
      await services.close()
    }
  } finally {
    interruption.close()
  }
}

export function catchSignals(): { signal: AbortSignal; close: () => void } {
  const controller = new AbortController()
  const abort = (name: NodeJS.Signals): void => {
    controller.abort(
      new RollcallError('stopped', {
        detail: name === 'SIGINT' ? 'Ctrl-C was pressed' : `the process got ${name}`,
      }),
    )
  }
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const name of names) process.on(name, abort)
  return {
    signal: controller.signal,
    close: () => {
      for (const name of names) process.off(name, abort)
    },
  }
}
