import type { z } from 'zod'

/** Names of schemas. The OpenAPI document and the console's types have a named schema once, and refer to it elsewhere. */

const names = new WeakMap<z.ZodType, string>()

/** The same schema, with a name. */
export function component<S extends z.ZodType>(name: string, schema: S): S {
  names.set(schema, name)
  return schema
}

/** Undefined for a schema without a name. */
export function componentName(schema: z.ZodType): string | undefined {
  return names.get(schema)
}
