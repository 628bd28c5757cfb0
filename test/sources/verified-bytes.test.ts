import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isRollcallError } from '../../src/base/rollcall-error.ts'
import { verifiedBytes } from '../../src/sources/formats/verified-bytes.ts'

let dir = ''
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rollcall-bytes-'))
})
afterAll(async () => {
  await rm(dir, { recursive: true, force: true })
})

const signal = new AbortController().signal

/** The text of a file, or code and message of its refusal. */
async function read(content: Uint8Array, name = 'rows.csv.gz', pieceBytes?: number): Promise<string> {
  const path = join(dir, name)
  await writeFile(path, content)
  const pieces: Buffer[] = []
  try {
    const options = pieceBytes === undefined ? { signal } : { signal, pieceBytes }
    for await (const piece of verifiedBytes({ path, name }, options)) pieces.push(piece)
  } catch (error) {
    if (!isRollcallError(error)) throw error
    return `${error.code}: ${error.message}`
  }
  return Buffer.concat(pieces).toString('latin1')
}

const first = 'email\nann@example.com\n'
const second = 'bob@example.com\ncid@example.com\n'
const one = gzipSync(first)
const two = gzipSync(second)
const both = Buffer.concat([one, two])

function with0(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at] = 0
  return copy
}

const beingRead = () => join(dir, 'being-read.csv')

describe('a file that is being read', () => {
  test('is read with what is added to it', async () => {
    await writeFile(beingRead(), 'ann')
    let text = ''
    for await (const piece of verifiedBytes({ path: beingRead(), name: 'in.csv' }, { signal })) {
      if (text === '') await appendFile(beingRead(), ' and bob')
      text += piece.toString('latin1')
    }
    expect(text).toBe('ann and bob')
  })

  test('is not read on after an abort', async () => {
    await writeFile(beingRead(), 'ann and bob')
    const leaving = new AbortController()
    const options = { signal: leaving.signal, pieceBytes: 4 }
    const pieces = verifiedBytes({ path: beingRead(), name: 'in.csv' }, options)
    await pieces.next()
    leaving.abort(new Error('left'))
    await expect(pieces.next()).rejects.toThrow('left')
  })
})

describe('a compressed file', () => {
  test.each([
    ['one member', one, first],
    ['two members', both, first + second],
    ['zeros after it', Buffer.concat([both, Buffer.alloc(5000)]), first + second],
    ['an empty member between', Buffer.concat([one, gzipSync(''), two]), first + second],
  ])('with %s is read', async (_, bytes, text) => {
    expect(await read(bytes)).toBe(text)
    expect(await read(bytes, 'ROWS.CSV.GZ')).toBe(text)
  })

  test.each([
    ['nothing in it', Buffer.alloc(0), 'not compressed'],
    ['its trailer missing', one.subarray(0, -8), 'is cut off'],
    ['half its trailer missing', one.subarray(0, -3), 'is cut off'],
    ['its middle cut out', Buffer.concat([one.subarray(0, 15), one.subarray(25)]), 'damaged'],
    ['a wrong checksum', with0(one, one.length - 8), 'its checksum does not match'],
    ['a wrong length', with0(one, one.length - 4), 'its checksum does not match'],
    ['the second member cut', both.subarray(0, -10), 'is cut off'],
    ['the second member cut in its first two bytes', both.subarray(0, one.length + 1), 'is cut off'],
    ['the second member beginning with a zero', with0(both, one.length), 'other data after'],
    ['the second member without its mark', with0(both, one.length + 1), 'other data after'],
    ['garbage after it', Buffer.concat([one, Buffer.from('rest')]), 'other data after'],
    ['a member after zeros', Buffer.concat([one, Buffer.alloc(600), two]), 'other data after'],
    ['plain text', Buffer.from(first), 'is not compressed with gzip'],
  ])('with %s is refused', async (_, bytes, words) => {
    // The border between two pieces falls on the one between two members, and beside it.
    for (const pieceBytes of [undefined, 64, one.length, one.length + 1]) {
      const said = await read(bytes, 'rows.csv.gz', pieceBytes)
      expect(said).toMatch(/^source_damaged: Source damaged: "rows\.csv\.gz" /)
      expect(said).toContain(words)
    }
  })

  test('with any byte changed is refused or harmless', async () => {
    const text = first + second
    await fc.assert(
      fc.asyncProperty(fc.nat(both.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const bytes = Buffer.from(both)
        bytes[at] = (bytes[at] as number) ^ flip
        expect([text, 'source_damaged']).toContain(
          (await read(bytes)).replace(/^source_damaged: .*/s, 'source_damaged'),
        )
      }),
      { numRuns: 300 },
    )
    for (let at = 0; at < both.length; at += 1) {
      expect([text, 'source_damaged']).toContain(
        (await read(with0(both, at))).replace(/^source_damaged: .*/s, 'source_damaged'),
      )
    }
  })

  test('of many pieces with a byte changed is refused or harmless, at any of a sample of places', async () => {
    const rows = Array.from(
      { length: 30_000 },
      (_, n) => `p${(n * 2_654_435_761) % 2 ** 32}@example.com\n`,
    ).join('')
    // Packed, and stored as they are: pieces end within either.
    const members = [gzipSync(rows), gzipSync(rows, { level: 0 })]
    const large = Buffer.concat(members)
    const text = rows + rows
    const outcome = async (bytes: Buffer): Promise<string> => {
      const said = await read(bytes)
      return said === text ? 'whole' : said.replace(/^source_damaged: .*/s, 'source_damaged').slice(0, 40)
    }
    expect(await outcome(large)).toBe('whole')
    const ends = [members[0]?.length ?? 0, large.length]
    const places = [
      ...Array.from({ length: 10 }, (_, n) => n),
      ...ends.flatMap((end) => [end - 8, end - 5, end - 4, end - 1]),
      ...Array.from({ length: 30 }, (_, n) => Math.floor(((n + 0.5) / 30) * large.length)),
    ]
    for (const at of places) {
      const bytes = Buffer.from(large)
      bytes[at] = (bytes[at] as number) ^ (1 << (at % 8))
      expect(['whole', 'source_damaged'], `byte ${at}`).toContain(await outcome(bytes))
    }
  })

  test('cut anywhere is refused, or a whole member less', async () => {
    for (let length = 0; length < both.length; length += 1) {
      const said = await read(both.subarray(0, length))
      expect(said.replace(/^source_damaged: .*/s, 'source_damaged')).toBe(
        length === one.length ? first : 'source_damaged',
      )
    }
  })
})

test('other files are read as they are', async () => {
  expect(await read(one, 'rows.csv')).toBe(one.toString('latin1'))
})

test('a file that cannot be read is told with its name', async () => {
  const gone = verifiedBytes({ path: join(dir, 'gone.csv.gz'), name: 'gone.csv.gz' }, { signal })
  await expect(gone.next()).rejects.toMatchObject({ code: 'source_not_found' })
  const folder = verifiedBytes({ path: dir, name: 'folder' }, { signal })
  await expect(folder.next()).rejects.toMatchObject({ code: 'source_not_found' })
})

test('an abort ends the reading with its reason', async () => {
  const path = join(dir, 'rows.csv.gz')
  await writeFile(path, gzipSync(Buffer.alloc(2 ** 22)))
  const stop = new AbortController()
  const reason = new Error('stopped')
  const reading = verifiedBytes({ path, name: 'rows.csv.gz' }, { signal: stop.signal, pieceBytes: 1024 })
  await reading.next()
  stop.abort(reason)
  const rest = async () => {
    for await (const piece of reading) void piece
  }
  await expect(rest()).rejects.toBe(reason)
})
