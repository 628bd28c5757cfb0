import { expect, test } from 'vitest'
import { Place, Slots } from '../../src/worker/slots.ts'

const never = new AbortController().signal

/** Asks for places one after the other, and tells in which order they are given. */
function asking(slots: Slots) {
  const entered: string[] = []
  const ask = (name: string, { isAlone = false, signal = never } = {}): Place => {
    const place = new Place(slots, { isAlone })
    place.enter(signal).then(
      () => entered.push(name),
      () => {},
    )
    return place
  }
  /** Once all that can happen has happened. */
  const told = async (): Promise<string> => {
    await new Promise((resolve) => setImmediate(resolve))
    return entered.join(' ')
  }
  return { ask, told }
}

test('who must be alone waits for all places, and none who came later overtakes', async () => {
  const { ask, told } = asking(new Slots(2))
  const a = ask('a')
  const suspect = ask('suspect', { isAlone: true })
  const b = ask('b')
  expect(await told()).toBe('a')
  a.leave()
  expect(await told()).toBe('a suspect')
  suspect.leave()
  expect(await told()).toBe('a suspect b')
  b.leave()
  ask('c')
  ask('d')
  ask('e')
  expect(await told()).toBe('a suspect b c d')
})

test('two that must be alone come one after the other', async () => {
  const { ask, told } = asking(new Slots(3))
  const a = ask('a', { isAlone: true })
  const b = ask('b', { isAlone: true })
  ask('c')
  expect(await told()).toBe('a')
  a.leave()
  expect(await told()).toBe('a b')
  b.leave()
  expect(await told()).toBe('a b c')
})

test('who may share again lets others in, and leaves one place', async () => {
  const { ask, told } = asking(new Slots(2))
  const suspect = ask('suspect', { isAlone: true })
  ask('a')
  ask('b')
  expect(await told()).toBe('suspect')
  suspect.share()
  suspect.share()
  expect(await told()).toBe('suspect a')
  suspect.leave()
  suspect.leave()
  ask('c')
  expect(await told()).toBe('suspect a b')
  await suspect.enter(AbortSignal.abort()).catch(() => {})
  suspect.leave()
  expect(await told()).toBe('suspect a b')
})

test('who may share while it waits for all places keeps one of them', async () => {
  const { ask, told } = asking(new Slots(2))
  const a = ask('a')
  const suspect = ask('suspect', { isAlone: true })
  expect(await told()).toBe('a')
  suspect.share()
  a.leave()
  ask('b')
  ask('c')
  expect(await told()).toBe('a suspect b')
})

test('who waits for all places and gives up keeps none waiting', async () => {
  const { ask, told } = asking(new Slots(2))
  const leaving = new AbortController()
  ask('a')
  ask('suspect', { isAlone: true, signal: leaving.signal })
  ask('b')
  expect(await told()).toBe('a')
  leaving.abort()
  expect(await told()).toBe('a b')
})
