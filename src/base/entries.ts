import { existsSync, readdirSync } from 'node:fs'
import { extname } from 'node:path'

/** Sources run as they are in development, and compiled when installed. */
const EXTENSION = extname(import.meta.filename)

/** A kind with the fields that it declares, as a folder exports it. */
interface Entry {
  readonly kind: string
  readonly fields: Readonly<Record<string, unknown>>
  readonly facts?: Readonly<Record<string, unknown>>
}

export interface Registry<T extends Entry> {
  /**
   * Adds the kinds whose folders lie in this one, and answers how to take them out again. Throws, as a defect, for two of one kind and
   * for a field that all of them have by that name.
   */
  readonly addFrom: (folder: URL) => Promise<() => void>
  readonly all: () => readonly T[]
  /** Undefined for a kind that this version does not know, such as one that was taken out. */
  readonly known: (kind: string) => T | undefined
}

/** The kinds that folders export by the name `name` from their module `module`. `common` are the fields that all of them have. */
export function registryOf<T extends Entry>(options: {
  readonly noun: string
  readonly module: string
  readonly name: string
  readonly common: readonly string[]
}): Registry<T> {
  const kinds = new Map<string, T>()
  const common = new Set(options.common)
  const add = (added: T): void => {
    const { kind, fields, facts = {} } = added
    const names = [...Object.keys(fields), ...Object.keys(facts)]
    const taken = names.find((name, index) => common.has(name) || names.indexOf(name) !== index)
    if (kinds.has(kind) || taken !== undefined)
      throw new TypeError(
        `the ${options.noun} ${kind} ${taken === undefined ? 'is there twice' : `has a second ${taken}`}`,
      )
    kinds.set(kind, added)
  }
  return {
    addFrom: async (folder) => {
      const added = await entriesIn<T>(folder, options.module, options.name)
      added.forEach(add)
      return () => {
        for (const { kind } of added) kinds.delete(kind)
      }
    },
    all: () => [...kinds.values()],
    known: (kind) => kinds.get(kind),
  }
}

/** What each folder in this one that has the module `module` exports from it by the name `name`, in the order of the folders. */
async function entriesIn<T>(folder: URL, module: string, name: string): Promise<T[]> {
  const files = readdirSync(folder)
    .toSorted()
    .map((entry) => new URL(`${entry}/${module}${EXTENSION}`, folder))
    .filter((file) => existsSync(file))
  return Promise.all(
    files.map(async ({ href }) => ((await import(href)) as Readonly<Record<string, T>>)[name] as T),
  )
}
