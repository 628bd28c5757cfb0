import { z } from 'zod'
import { badRequest } from './errors.ts'

/** Reads a body or query strictly: anything unknown or of another type is 400 with code 1. */
export function strictly<T>(schema: z.ZodType<T>, value: unknown): T {
  const read = schema.safeParse(value)
  if (read.success) return read.data
  const [issue] = read.error.issues
  const place = issue?.path.join('.') ?? ''
  throw badRequest(`Invalid request. ${place === '' ? '' : `${place}: `}${issue?.message ?? ''}`)
}

export const id = z.string().regex(/^\d{1,18}$/, 'must be up to 18 digits')

/** An id of a path. */
export function pathId(params: Readonly<Record<string, string>>, name: string): string {
  const value = params[name] ?? ''
  if (!id.safeParse(value).success) throw badRequest(`Invalid parameter ${name}: it must be up to 18 digits.`)
  return value
}
