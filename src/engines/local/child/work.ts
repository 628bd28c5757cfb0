import { carried } from '../carried-error.ts'
import type { Answer, Request } from './messages.ts'

/** Does the one job that was asked for, in this process. */
export async function work(
  { job, options }: Request,
  onProgress: (progress: unknown) => void,
): Promise<Exclude<Answer, { readonly progress: unknown }>> {
  try {
    const { jobs } = await import('./jobs.ts')
    const result = await jobs[job as keyof typeof jobs](options as never, onProgress)
    return { result: result ?? null }
  } catch (error) {
    return { error: carried(error) }
  }
}
