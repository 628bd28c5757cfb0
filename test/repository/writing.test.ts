import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseSync, Visitor } from 'vite'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')

/**
 * What docs/writing.md tells writers to leave, as far as a pattern finds it. Code in backticks is no prose, and "Pinterest is told" is
 * a word of the ledger.
 */
const HABITS: readonly RegExp[] = [
  /\b(?:whoever|somebody|nobody)\b/i,
  /(?<!\bPinterest )\b(?:am|is|are|be) told\b/i,
  /\bones? that (?:is|are) there\b/i,
  /\bthe ones? that\b/i,
  /\bof what\b/i,
  /\b(?:go|goes|going) to and fro\b/i,
  /\b(?:leave|leaves|left) away\b/i,
  /\b(?:breaks?|broke) off\b/i,
  /\b(?:gives?|gave) way\b/i,
  /\bleads? out of\b/i,
  /\bkept back\b/i,
  /\bbesides\b/i,
  /\basked for by\b/i,
  /\bin another way\b/i,
  /\bwritten (?:alike|so)\b/i,
  /\bof (?:this|that) name\b/i,
  /\b(?:one(?: (?:address|name|object|file|member))?|object) a (?:line|row)\b/i,
  // Openings turned round: "Of a list, …", "Who is restricted sees …", "To them it is shown."
  /(?:^|[.!?:;] )Of (?:an?|the|this|that|these|those|each|every|all|several|which|whom) /,
  /(?:^|[.!?] )Who (?:may|can|is|has|comes|wants|needs) (?:(?!\band\b)[^.,:;?])*?(?:sees|reads|keeps|gets|finds|waits| may| can) /,
  /(?:^|[.!?] )(?:Nor|Neither) (?:is|are|does|do|can|may) /,
]

/** A word of the ledger, which screens leave to it: they say Sent. */
const NOT_ON_SCREENS = /\btold\b/i

interface Text {
  readonly at: string
  readonly text: string
  readonly isOnScreen?: boolean
}

function found(texts: readonly Text[]): string[] {
  return texts.flatMap(({ at, text, isOnScreen = false }) => {
    const prose = text
      .replaceAll(/`[^`]*`/g, '`…`')
      .replaceAll(/\s+/g, ' ')
      .trim()
    const habits = isOnScreen ? [...HABITS, NOT_ON_SCREENS] : HABITS
    return habits.filter((habit) => habit.test(prose)).map((habit) => `${at}: ${prose} (${habit.source})`)
  })
}

/** Paragraphs, list items and cells. The left column of docs/writing.md shows what is not to be written. */
function ofPage(file: string): Text[] {
  const page = readFileSync(join(root, file), 'utf8').replaceAll(/^(?:```[\s\S]*?^```| {4}.*)$/gm, '')
  const [rules = '', pairs = ''] = file === 'docs/writing.md' ? page.split('## Before and after') : [page]
  return [rules, pairs.replaceAll(/^\|[^|]*\|/gm, '|')]
    .flatMap((part) => part.split(/\n(?:\n|(?=[|#-])|(?=\d+\. ))|\|/))
    .map((text) => ({ at: file, text: text.replace(/^[\s#-]+(?:\d+\. )?/, '') }))
}

/** What a program shows: its texts of more than a word, and what stands between the tags of a page. And docstrings of exports. */
function ofCode(file: string): Text[] {
  const code = readFileSync(join(root, file), 'utf8')
  const { program, comments } = parseSync(file, code)
  const texts: Text[] = []
  const add = (text: string, isOnScreen = file.startsWith('web/')): void => {
    if (/\S\s+\S/.test(text)) texts.push({ at: file, text, isOnScreen })
  }
  const exports: number[] = []
  new Visitor({
    Literal: ({ value }) => {
      if (typeof value === 'string') add(value)
    },
    TemplateLiteral: ({ quasis }) => add(quasis.map(({ value }) => value.cooked).join('…')),
    JSXText: ({ value }) => add(value),
    ExportNamedDeclaration: ({ start }) => void exports.push(start),
  }).visit(program)
  for (const { type, value, end } of comments) {
    const isOfExport = exports.some((place) => place > end && code.slice(end, place).trim() === '')
    if (type === 'Block' && value.startsWith('*') && isOfExport) add(value.replaceAll(/^ *\* ?/gm, ''), false)
  }
  return texts
}

const pages = globSync(['*.md', 'docs/**/*.md'], { cwd: root }).filter((file) => file !== 'docs/licences.md')
const programs = globSync(['{bin,src,simulator}/**/*.{ts,js}', 'web/src/**/*.{ts,tsx}'], { cwd: root })

test('the habits are found where they are', () => {
  const before = [
    'Whoever may not see it',
    'You are told until when',
    'It keeps the one that is there.',
    'Nothing of what was sent',
    'Done. Of a list, the name stays.',
    'Who is restricted sees nothing.',
    'The file breaks off',
    'One object a line',
    'There is a list of this name already',
  ]
  expect(before.filter((text) => found([{ at: '', text }]).length === 0)).toEqual([])
  const fine = [
    'What Pinterest is told',
    'Who may do what.',
    'Who is signed in and what they may do.',
    '`nobody` owns the process',
    'List of whatever',
    'If the message names a line',
  ]
  expect(found(fine.map((text) => ({ at: '', text })))).toEqual([])
})

test('what a person reads has none of the habits that docs/writing.md names', () => {
  expect(pages.length).toBeGreaterThan(10)
  expect(programs.length).toBeGreaterThan(300)
  expect(found([...pages.flatMap(ofPage), ...programs.flatMap(ofCode)])).toEqual([])
})
