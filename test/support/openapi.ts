import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe } from 'vitest'
import { parse } from 'yaml'
import { SpecFile } from './openapi-file.ts'
import type { JsonObject } from './openapi-schema.ts'

/** A call as it goes over the wire. `path` may begin with `/v5` and may carry the query string. */
export interface SpecRequest {
  readonly method: string
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  /** Text as sent, or the parsed JSON. */
  readonly body?: unknown
}

export interface SpecResponse {
  readonly method: string
  readonly path: string
  readonly status: number
  /** The parsed JSON. */
  readonly body: unknown
}

const FILES = ['openapi.subset.yaml', 'openapi.delta-5.28.yaml']
const BESIDE_CHECKOUT = fileURLToPath(new URL('../../../shared/pinterest', import.meta.url))

/** What to say when contract tests are skipped. */
const SPEC_MISSING = `set ROLLCALL_PINTEREST_SPEC to a folder with ${FILES.join(' and ')}`

function specFolder(): string | null {
  const folder = process.env['ROLLCALL_PINTEREST_SPEC'] ?? BESIDE_CHECKOUT
  return FILES.every((file) => existsSync(join(folder, file))) ? folder : null
}

/** Pinterest's own descriptions of its API, of two versions: what both describe must fit both. */
export class PinterestSpec {
  readonly #files: readonly SpecFile[]

  constructor(folder: string) {
    this.#files = FILES.map(
      (file) => new SpecFile(parse(readFileSync(join(folder, file), 'utf8')) as JsonObject),
    )
  }

  /** What is wrong with a request, one line each, empty when nothing is. Unknown members and parameters are wrong. */
  validateRequest(request: SpecRequest): string[] {
    return this.#each(request, (file) => file.requestProblems(request))
  }

  /** What is wrong with a response, one line each, empty when nothing is. Undocumented members are wrong. */
  validateResponse(response: SpecResponse): string[] {
    return this.#each(response, (file) => file.responseProblems(response))
  }

  /** The version of every description that knows the call. */
  versionsOf(call: { readonly method: string; readonly path: string }): string[] {
    return this.#knowing(call).map((file) => file.version)
  }

  #knowing(call: { readonly method: string; readonly path: string }): SpecFile[] {
    return this.#files.filter((file) => file.find(call.method, call.path) !== null)
  }

  #each(
    call: { readonly method: string; readonly path: string },
    check: (file: SpecFile) => string[],
  ): string[] {
    const files = this.#knowing(call)
    if (files.length === 0) return [`${call.method} ${call.path} is in no description`]
    return files.flatMap((file) => check(file).map((problem) => `${file.version}: ${problem}`))
  }
}

let loaded: PinterestSpec | null | undefined

/** The descriptions, or null where they are not at hand. Read once per process. */
function pinterestSpec(): PinterestSpec | null {
  if (loaded === undefined) {
    const folder = specFolder()
    loaded = folder === null ? null : new PinterestSpec(folder)
  }
  return loaded
}

/**
 * A group of tests that need the descriptions; skipped, saying what to set, where they are missing. `body` may use
 * its argument in tests alone.
 */
export function describeWithSpec(name: string, body: (spec: PinterestSpec) => void): void {
  const spec = pinterestSpec()
  const title = spec === null ? `${name} (skipped: ${SPEC_MISSING})` : name
  // oxlint-disable-next-line vitest/valid-title, vitest/no-disabled-tests -- the title says how to enable them
  describe.skipIf(spec === null)(title, () => {
    body(spec as PinterestSpec)
  })
}
