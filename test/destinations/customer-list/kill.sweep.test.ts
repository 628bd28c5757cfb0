import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startSimulator } from '../../../simulator/main.ts'
import type { FaultRule, Simulator } from '../../../simulator/main.ts'
import { chanceOf } from './chance.ts'
import type { Chance } from './chance.ts'
import { openCommand } from './command.ts'
import type { Command, Running } from './command.ts'
import { audiencesFrom } from './outside.ts'
import { isFullSweep, membersOf, people } from './support.ts'

/** Commands are killed at any moment while the input changes; ROLLCALL_SWEEP=full does so 100 times. */

const list = 'Killed'
const kills = isFullSweep ? 100 : 8
/** Kills between two undisturbed runs. */
const together = isFullSweep ? 5 : 4
const rounds = Array.from({ length: kills / together }, (_, index) => index + 1)

const slow: FaultRule = { operation: '*', kind: 'slow', delayMs: 15, times: 1_000_000 }

let simulator: Simulator
let command: Command
/** Of an undisturbed run, and the calls it makes. */
let typical = { ms: 0, calls: 0 }

beforeAll(async () => {
  simulator = await startSimulator({ limits: 'off', strict: true, tooSmallAudience: 'accept' })
  const limits = {
    batchSize: 20,
    batchesInFlight: 3,
    writesPerMinute: 100_000,
    readsPerMinute: 100_000,
    audienceMembersMin: 1,
  }
  command = await openCommand(simulator, { limits, list })
  await (
    await command.sync(people(10), ['--list', 'warm-up'])
  ).ended
  // Every answer takes its time, so that most moments of a run lie between calls.
  simulator.faults.plan({ rules: [slow] })
})

afterAll(async () => {
  await command.close()
  await simulator.close()
})

function members(): string[] {
  const newest = simulator.control.lists(undefined, list).at(-1)
  return newest === undefined ? [] : simulator.control.members(newest.id)
}

/** Runs to the end, which must be a good one. */
async function undisturbed(emails: readonly string[]): Promise<void> {
  const before = simulator.control.calls().length
  const startedMs = performance.now()
  const { code, stdout, stderr } = await (await command.sync(emails, ['--yes'])).ended
  expect({ code, stdout, stderr }).toMatchObject({ code: 0 })
  typical = { ms: performance.now() - startedMs, calls: simulator.control.calls().length - before }
  expect(JSON.parse(stdout)).toMatchObject({ state: 'succeeded', warnings: [] })
  expect(members()).toEqual(membersOf(emails))
  expect(simulator.control.stats().creates[list]).toBe(1)
}

/** Waits for the moment of the kill: some time, or the n-th call. Ends early when the command did. */
async function awaitMoment(chance: Chance, running: Running): Promise<void> {
  // Moments between calls, and before the first of them, have no other name than their time.
  const untilMs = performance.now() + chance.next() * typical.ms
  const callsAt = simulator.control.calls().length + chance.whole(1, typical.calls)
  const hasCome = chance.happens(0.5)
    ? () => performance.now() >= untilMs
    : () => simulator.control.calls().length >= callsAt
  await vi.waitUntil(() => running.hasEnded() || hasCome(), { interval: 1, timeout: 180_000 })
}

type Victim = 'command' | 'both' | 'database'

/** Kills the command, its database, or both. */
async function kill(chance: Chance, running: Running): Promise<Victim> {
  const victim: Victim = chance.pick(['command', 'command', 'command', 'both', 'database'])
  const pid = victim === 'command' ? null : await command.databasePid()
  if (victim !== 'database') running.kill()
  if (pid !== null) killIfThere(pid)
  return victim
}

/** The command may have ended meanwhile, and its database with it. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Whoever ends by itself has done its work, unless its database was killed; nobody is ever locked out. */
async function checkEnd(running: Running, victim: Victim): Promise<void> {
  const { code, stdout, stderr } = await running.ended
  expect(stdout + stderr).not.toMatch(/already_running|Already running|list_changed_elsewhere|newer_list/)
  if (code === null || code === 0) return
  expect({ victim, stdout, stderr }).toMatchObject({ victim: 'database' })
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: expect.any(String) as string } })
}

describe('killed commands', () => {
  const universe = people(300)
  let present = universe.slice(0, 150)
  const change = (chance: Chance): string[] => {
    const share = chance.pick([0, 0.1, 0.3])
    present = universe.filter((person) => present.includes(person) !== chance.happens(share))
    return present
  }

  test('an undisturbed run leaves no process behind', async () => {
    await undisturbed(universe)
    await undisturbed(present)
    expect(command.left()).toEqual([])
  })

  test.for(rounds)(
    `round %i: after ${together} kills the next run puts everything right`,
    { timeout: 180_000 },
    async (round) => {
      const chance = chanceOf(round * 7919)
      for (let nth = 0; nth < together; nth += 1) {
        const running = await command.sync(change(chance), ['--yes'])
        await awaitMoment(chance, running)
        const victim = await kill(chance, running)
        await checkEnd(running, victim)
      }
      await undisturbed(change(chance))
      expect(command.left()).toEqual([])
    },
  )

  test('an audience that was asked for right before the kill is waited for, and made once', async () => {
    const late: FaultRule = { operation: 'audiences/create', kind: 'late', delayMs: 6_000 }
    simulator.faults.plan({ rules: [late, slow] })
    const asked = [people(10), ['--list', 'asked for']] as const
    const first = await command.sync(...asked)
    // A call is recorded when it takes effect, which it does later.
    const hasArrived = () => !simulator.faults.pending().includes(late)
    await vi.waitUntil(hasArrived, { interval: 5, timeout: 180_000 })
    first.kill()
    await first.ended
    const { code, stdout } = await (await command.sync(...asked)).ended
    expect({ code, stdout }).toMatchObject({ code: 0 })
    const { list: made, requests } = JSON.parse(stdout) as {
      list: { id: string }
      requests: { writes: number }
    }
    expect(requests.writes).toBe(0)
    expect(await audiencesFrom(simulator, made.id)).toBe(1)
  })

  test('the database of a killed command serves the next one, and ends with it', async () => {
    const before = simulator.control.calls().length
    const running = await command.sync(universe, ['--yes'])
    await vi.waitUntil(() => simulator.control.calls().length > before + 3, {
      timeout: 60_000,
      interval: 5,
    })
    running.kill()
    await running.ended
    const pid = await command.databasePid()
    expect(pid).not.toBeNull()
    const next = command.run(['runs', '--json'])
    const { stdout } = await next.ended
    expect(JSON.parse(stdout)).toMatchObject({
      runs: expect.arrayContaining([expect.objectContaining({ error: 'interrupted' })]) as unknown,
    })
    expect(command.left()).toEqual([])
    await undisturbed(universe)
  })

  test('a resolution goes on where the killed command was', async () => {
    const before = simulator.control.calls().length
    const running = await command.sync(people(300, 150), ['--yes'])
    const adds = (): number =>
      simulator.control
        .calls()
        .slice(before)
        .filter((call) => call.change === 'ADD').length
    await vi.waitUntil(() => adds() >= 2, { timeout: 180_000, interval: 2 })
    running.kill()
    await running.ended
    const listed = JSON.parse((await command.run(['runs', '--json']).ended).stdout) as {
      runs: { workflow: string }[]
    }
    const { code, stdout } = await command.run(['resolve', listed.runs[0]?.workflow ?? '', 'retry', '--json'])
      .ended
    expect({ code, stdout }).toMatchObject({ code: 0 })
    expect(members()).toEqual(membersOf(people(300, 150)))
    expect(JSON.parse(stdout)).toMatchObject({ warnings: [] })
    expect(command.left()).toEqual([])
  })
})
