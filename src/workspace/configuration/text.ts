import { RollcallError } from '../../base/rollcall-error.ts'

/** A configuration as text: YAML for people, or JSON, which is YAML too. */

export type TextFormat = 'yaml' | 'json'

export async function writeText(document: object, format: TextFormat): Promise<string> {
  if (format === 'json') return `${JSON.stringify(document, null, 2)}\n`
  const { Document, Scalar, visit } = await import('yaml')
  const tree = new Document(document, { aliasDuplicateObjects: false })
  visit(tree, {
    Scalar: (_, node) => {
      if (typeof node.value !== 'string' || PLAIN.test(node.value)) return
      node.type = BLOCK.test(node.value) ? Scalar.BLOCK_LITERAL : Scalar.QUOTE_DOUBLE
    },
  })
  return tree.toString({ lineWidth: 0 })
}

/** One line of signs that everyone sees; whether it needs quotes, the library knows. */
const PLAIN = /^[^\p{C}\p{Z}]*(?: [^\p{C}\p{Z}]+)*$/u
/** Lines that a block shows as they are: each empty or with a sign that is seen, since the library loses lines of spaces alone. */
const SEEN = String.raw`[^\p{C}\p{Z}]`
const ANY = String.raw`(?:[^\p{C}\u2028\u2029]|\t)`
const BLOCK = new RegExp(String.raw`^${SEEN}${ANY}*(?:\n+[ \t]*${SEEN}${ANY}*)+\n?$`, 'u')

/** What the text holds. Error: `request_invalid` with the line of the first problem, which is not quoted. */
export async function readText(text: string): Promise<unknown> {
  const { parseDocument } = await import('yaml')
  const document = parseDocument(text, { uniqueKeys: true, logLevel: 'error' })
  const [problem] = [...document.errors, ...document.warnings]
  if (problem !== undefined) {
    const [start] = problem.linePos ?? []
    const place = start === undefined ? '' : ` at line ${start.line}, column ${start.col}`
    const detail = `the text is neither YAML nor JSON${place}: ${reasonOf(problem)}.`
    throw new RollcallError('request_invalid', { detail })
  }
  try {
    return document.toJS() as unknown
  } catch (error) {
    const detail = 'the text is not valid YAML: its aliases are broken or expand to too much.'
    throw new RollcallError('request_invalid', { detail }, { cause: error })
  }
}

/** The parser's message ends with the lines of the text, which may hold a secret. */
function reasonOf({ code }: { readonly code: string }): string {
  return code.replaceAll('_', ' ').toLowerCase()
}
