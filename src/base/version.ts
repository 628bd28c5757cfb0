import { readFileSync } from 'node:fs'

/** The version of this Rollcall, as its package says. */
export const VERSION = String(
  (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: unknown })
    .version,
)
