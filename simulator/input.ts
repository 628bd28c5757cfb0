import { z } from 'zod'
import { badRequest } from './errors.ts'
import type { Call } from './operation.ts'

/** Reads a body or query strictly: anything unknown or of another type is 400 with code 1. */
export function strictly<T>(schema: z.ZodType<T>, value: unknown): T {
  const read = schema.safeParse(value)
  if (read.success) return read.data
  const [issue] = read.error.issues
  const place = issue?.path.join('.') ?? ''
  throw badRequest(`Invalid request. ${place === '' ? '' : `${place}: `}${issue?.message ?? ''}`)
}

type ObjectMaker = typeof z.object

/** A body in both ways that the simulator may read it. */
export interface BodySchema<T> {
  /** Of known members alone. */
  readonly strict: z.ZodType<T>
  /** Members that are not known are not looked at. */
  readonly tolerant: z.ZodType<T>
}

export function bodySchema<T>(make: (object: ObjectMaker) => z.ZodType<T>): BodySchema<T> {
  return { strict: make(z.strictObject as unknown as ObjectMaker), tolerant: make(z.object) }
}

/** Reads the body of a call as strictly as the simulator is set to. */
export function readBody<T>({ world, body }: Pick<Call, 'world' | 'body'>, schema: BodySchema<T>): T {
  return strictly(world.settings.strict ? schema.strict : schema.tolerant, body)
}

export const id = z.string().regex(/^\d{1,18}$/, 'must be up to 18 digits')

/** An id of a path. */
export function pathId(params: Readonly<Record<string, string>>, name: string): string {
  const value = params[name] ?? ''
  if (!id.safeParse(value).success) throw badRequest(`Invalid parameter ${name}: it must be up to 18 digits.`)
  return value
}
