import { readFile, rename, writeFile } from 'node:fs/promises'
import { deserialize, serialize } from 'node:v8'
import { MemberSet } from './members.ts'
import type { MemberDump } from './members.ts'
import type { AdAccount } from './seed.ts'
import type { Audience, CustomerList } from './state.ts'
import type { TokenDump } from './tokens.ts'
import type { World } from './world.ts'

const WRITE_AFTER_MS = 200
const FORMAT = 1

type ListDump = Omit<CustomerList, 'members'> & { readonly members: MemberDump }

interface Dump {
  readonly format: number
  readonly adAccounts: readonly AdAccount[]
  readonly lists: readonly ListDump[]
  readonly audiences: readonly Audience[]
  readonly lastListId: number
  readonly lastAudienceId: number
  readonly tokens: TokenDump
}

/** Loads the state from a file, if there is one, and writes it back soon after every change, whole or not at all. */
export async function keepState(world: World, file: string): Promise<{ close(): Promise<void> }> {
  const before = await read(file)
  if (before !== null) restore(world, before)
  let timer: NodeJS.Timeout | null = null
  let writing = Promise.resolve()
  const write = (): void => {
    timer = null
    writing = writing.then(() => save(world, file))
  }
  world.state.onChange = () => {
    timer ??= setTimeout(write, WRITE_AFTER_MS)
  }
  const close = async (): Promise<void> => {
    world.state.onChange = () => {}
    if (timer !== null) clearTimeout(timer)
    write()
    await writing
  }
  return { close }
}

async function read(file: string): Promise<Dump | null> {
  try {
    const dump = deserialize(await readFile(file)) as Dump
    if (dump.format !== FORMAT) throw new Error(`${file} was written by a different version of the simulator`)
    return dump
  } catch (error) {
    if (Object(error).code === 'ENOENT') return null
    throw error
  }
}

function withPackedMembers(list: CustomerList): ListDump {
  return { ...list, members: list.members.dump() }
}

async function save(world: World, file: string): Promise<void> {
  const { state } = world
  const dump: Dump = {
    format: FORMAT,
    adAccounts: [...state.adAccounts.values()],
    lists: Array.from(state.lists.values(), withPackedMembers),
    audiences: [...state.audiences.values()],
    lastListId: state.lastListId,
    lastAudienceId: state.lastAudienceId,
    tokens: world.tokens.dump(),
  }
  await writeFile(`${file}.new`, serialize(dump), { mode: 0o600 })
  await rename(`${file}.new`, file)
}

function restore(world: World, dump: Dump): void {
  const { state } = world
  state.adAccounts = new Map(dump.adAccounts.map((account) => [account.id, account]))
  state.lists = new Map(
    dump.lists.map((list) => [list.id, { ...list, members: MemberSet.from(list.members) }]),
  )
  state.audiences = new Map(dump.audiences.map((audience) => [audience.id, audience]))
  state.lastListId = dump.lastListId
  state.lastAudienceId = dump.lastAudienceId
  world.tokens.load(dump.tokens)
}
