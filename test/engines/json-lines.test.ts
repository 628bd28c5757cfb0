import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { JsonScanner } from '../../src/sources/formats/json-scanner.ts'
import { BrokenLine } from '../../src/sources/formats/object-scan.ts'
import { filesOf, sha256, Workbench } from './workbench.ts'

const A = '{"email":"a@b.test"'
const B = '{"email":"b@b.test"}'
const C = '{"email":"c@b.test"}'
const Z = '{"email":"z@b.test"}'

/** Objects that are broken among whole ones: the letters of the valid addresses, and how many lines are broken. */
const cases: Record<string, { text: string; valid: string; broken: number }> = {
  'a line that is cut off after a key': { text: `${A},"x":\n${B}\n${C}\n`, valid: 'bc', broken: 1 },
  'a line that is cut off within a text': { text: `${A},"x":"y\n${B}\n${C}`, valid: 'bc', broken: 1 },
  'a line that is cut off within a list': {
    text: `${A},"x":[{"y":1},\n${B}\n${C}\n`,
    valid: 'bc',
    broken: 1,
  },
  'lines that are cut off after one another': {
    text: `${A},\n${B}\n${A},"x":{\n${A}\n${C}\n`,
    valid: 'bc',
    broken: 3,
  },
  'a line whose braces fit': { text: `${A} "x":{}}\n${B}\nother\n}\n${C}\n`, valid: 'bc', broken: 3 },
  'an object over several lines': {
    text: `{\n"email":"a@b.test"\n"x":{\n"y":1}\n}\n{\n"email":"b@b.test"\n}\n}\n`,
    valid: 'b',
    broken: 6,
  },
  'a line that is cut off, and one that is too long': {
    text: `${A},\n${B}\n{"x":"${'x'.repeat(2_200_000)}"}\n${C}\n`,
    valid: 'bc',
    broken: 2,
  },
  'a comma after a line that is none': { text: `${B}\nnone\n,${C}\n`, valid: 'b', broken: 2 },
  'commas after objects, before a line that is cut off': {
    text: `${B},\n${C},\n${A} "x":\n`,
    valid: 'bc',
    broken: 1,
  },
}

/** An object on a line of its own that may be part of the broken one around it. */
const doubtful: Record<string, string> = {
  'after a key without a colon': `${A},"friend"\n${Z}\n}\n`,
  'whose line closes the outer one': `${A},"friend"\n${Z}}\n`,
  'whose line goes on': `${A},"friend"\n${Z},"x":1}\n`,
  'before more of the outer one': `${A},"friend"\n${Z},\n"x":1}\n`,
  'at the end of the file': `${A},"friend"\n${Z}\n}`,
  'in an outer one over several lines': `{\n"email":"a@b.test"\n"friend":\n${Z}\n}\n`,
  'in a text with a line break': `${A},"note":"see\n${Z}\nbye"}\n`,
  'in a text that is closed on its line': `${A},"note":"see\n${Z}"}\n`,
  'after another line that is cut off': `${A},"friend"\n{"x":\n${Z}\n}\n}\n`,
  'before a broken line that closes more than it opens': `${A},"friend"\n${Z}\n{"x" "y"}}\n`,
  'before more of the outer one, far away': `${A},"note":"see\n${Z}\n{"x":"${'x'.repeat(2_200_000)}"}\n${Z}\nbye"}\n`,
  'before a comma': `${A} "friends":[\n${Z},\n`,
  'before a comma, on the next line': `${A},"note":"see\n${Z}\n,${Z}\n`,
  'before a comma, and before that a null': `${A} "friends":[\n${Z}\nnull,\n`,
  'after more of the outer one': `${A}\n"friends":[\n${Z}\n`,
  'after more of the outer one, a number': `${A} "friends":[\n1,\n${Z}\n`,
  'in one that is too long': `${A},"x":"${'x'.repeat(2_200_000)}",\n"friends":[\n${Z}\n${Z}\n]}\n`,
}

describe('JSON lines with', () => {
  it.each(Object.entries(cases))('%s', async (_, { text, valid, broken }) => {
    await using bench = await Workbench.open()
    const result = await bench.run(await filesOf('json', [await bench.write('in.jsonl', text)]))
    expect(result.hashes).toEqual(Array.from(valid, (letter) => sha256(`${letter}@b.test`)).toSorted())
    expect(result.invalidByReason).toEqual({ broken_line: broken })
  })
})

describe('JSON lines are refused over an object', () => {
  it.each(Object.entries(doubtful))('%s', async (_, lines) => {
    await using bench = await Workbench.open()
    for (const name of ['in.jsonl', 'in.jsonl.gz']) {
      const text = `${B}\n${lines}${lines.endsWith('\n') ? `${C}\n` : ''}`
      const path = await bench.write(name, name.endsWith('gz') ? gzipSync(text) : text)
      await expect(bench.run(await filesOf('json', [path]))).rejects.toMatchObject({
        code: 'source_damaged',
        data: { detail: expect.stringMatching(/^".*in\.jsonl(?:\.gz)?" .* line [2-5]\b/) },
      })
    }
  })
})

it('a list with a broken object is refused, since what follows may be part of it', async () => {
  await using bench = await Workbench.open()
  for (const text of [`[${A},}]`, `[${B},\n${A},},\n${C}]`])
    await expect(
      bench.run(await filesOf('json', [await bench.write('in.json', text)])),
    ).rejects.toMatchObject({ code: 'source_damaged' })
})

it('a broken line opens and closes what stands outside of texts, on top of what was open before', () => {
  const line = new BrokenLine(true, 2)
  const bytes = Buffer.from(String.raw`"\"{" }`)
  line.read(bytes, 0, bytes.length)
  expect([line.depth, line.closesMore]).toEqual([1, false])
  line.read(Buffer.from('}]'), 0, 2)
  expect([line.depth, line.closesMore]).toEqual([-1, true])
})

/** What a scanner finds in a text that it is given in pieces. */
function foundIn(text: string, pieceBytes: number): string {
  const scanner = new JsonScanner(60)
  const bytes = Buffer.from(text)
  const found: string[] = []
  let rest = Buffer.alloc(0)
  for (let at = 0; at <= bytes.length; at += pieceBytes) {
    const part = Buffer.concat([rest, bytes.subarray(at, at + pieceBytes)])
    const whole = at + pieceBytes > bytes.length
    scanner.restart()
    for (let item = scanner.next(part, whole); item !== null; item = scanner.next(part, whole)) {
      if (item.kind === 'damaged') return item.what
      found.push(item.kind === 'object' ? part.toString('utf8', item.start, item.end) : item.kind)
    }
    rest = part.subarray(scanner.used)
  }
  return found.join(' ')
}

it('where JSON lines are split makes no difference', () => {
  for (const text of [...Object.values(cases).map(({ text: one }) => one), ...Object.values(doubtful)]) {
    const short = text.replaceAll(/x{9,}/g, 'x'.repeat(70))
    for (let pieceBytes = 1; pieceBytes < short.length; pieceBytes += 1)
      expect(`${pieceBytes} ${foundIn(short, pieceBytes)}`).toBe(
        `${pieceBytes} ${foundIn(short, short.length + 1)}`,
      )
  }
})
