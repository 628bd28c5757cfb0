import { describe, expect, test } from 'vitest'
import { isRollcallError } from '../../src/base/rollcall-error.ts'
import { curlyQuoteProblem } from '../../src/sources/curly-quotes.ts'
import { singleQuery } from '../../src/sources/postgres/single-query.ts'

describe('a single query is kept as it is, without its semicolon', () => {
  test.each([
    ['SELECT 1', 'SELECT 1'],
    ['SELECT 1;', 'SELECT 1'],
    ['SELECT 1 ; ;\n; ', 'SELECT 1 '],
    ['SELECT 1; -- done;', 'SELECT 1'],
    ['SELECT 1; /* done; /* really; */ */ ', 'SELECT 1'],
    ['SELECT 1 -- done', 'SELECT 1 -- done'],
    ['-- first;\nSELECT 1;', '-- first;\nSELECT 1'],
    ['/* a; */ with x as (select 1) table x', '/* a; */ with x as (select 1) table x'],
    ["SELECT ';';", "SELECT ';'"],
    ["SELECT 'it''s; ' || E'\\';' || e'\\\\';", "SELECT 'it''s; ' || E'\\';' || e'\\\\'"],
    ["SELECT type'a\\';", "SELECT type'a\\'"],
    ['SELECT ";";', 'SELECT ";"'],
    ['SELECT $$;$$, $a$;$$;$a$;', 'SELECT $$;$$, $a$;$$;$a$'],
    ['SELECT a$b$ FROM x;', 'SELECT a$b$ FROM x'],
    ["SELECT E'a'\n'\\';)';", "SELECT E'a'\n'\\';)'"],
    ["SELECT E'a' 'b';", "SELECT E'a' 'b'"],
    ['SELECT $é$;)$é$;', 'SELECT $é$;)$é$'],
    ["VALUES ('--');", "VALUES ('--')"],
    ['((SELECT 1));', '((SELECT 1))'],
    ['SELECT 4/2;', 'SELECT 4/2'],
    [
      'SELECT \')\', ")", $$)$$ /* ) */ FROM (SELECT 1) -- )',
      'SELECT \')\', ")", $$)$$ /* ) */ FROM (SELECT 1) -- )',
    ],
  ])('%s', (sql, single) => {
    expect(singleQuery(sql)).toBe(single)
  })
})

test.each([
  'SELECT \'$1\', "$2", $$ $3 $$, $x$ $4 $x$ /* $5 */, a$6 -- $7',
  "SELECT E'a' -- it's\n 'b'",
  "SELECT 1 -- it's",
  "SELECT ''",
  'SELECT $$$$',
  'SELECT "a""b"',
])('%s has neither parameter nor end that is missing', (sql) => {
  expect(singleQuery(sql)).toBe(sql)
})

describe('refused is', () => {
  test.each([
    ['nothing', '', 'empty'],
    ['white space and comments', ' \n-- nothing\n/* at all */', 'empty'],
    ['a semicolon', ';', 'empty'],
    ['two statements', 'SELECT 1; SELECT 2', 'several statements'],
    ['a second statement after a comment', 'SELECT 1; -- x\nDELETE FROM x', 'several statements'],
    ['a second statement after a string with a backslash', "SELECT '\\'; SELECT 2", 'several statements'],
    ['a write', 'delete from x', 'read-only'],
    ['a write after a comment', '/* x */ INSERT INTO x VALUES (1)', 'read-only'],
    ['a copy', 'COPY x TO STDOUT', 'read-only'],
    ['a parenthesis too many', 'SELECT 1) q --', 'never opened'],
    ['a way out of the parentheses and back', 'SELECT 1) q UNION SELECT 2 FROM (SELECT 3', 'never opened'],
    [
      'a way out after a name beyond ASCII',
      'SELECT 1 😀$x$) q UNION SELECT 2 FROM (SELECT 3 😀$x$',
      'never opened',
    ],
    [
      'a way out after a space that is a letter',
      'SELECT 1 \u00a0$x$) q UNION SELECT 2 FROM (SELECT 3 \u00a0$x$',
      'never opened',
    ],
    [
      'a way out after a string that goes on',
      "SELECT E'a' -- x\n -- y\n '\\'') q UNION SELECT 2 FROM (SELECT '1'",
      'never opened',
    ],
    ['a parenthesis that is not closed', "SELECT (1 || ')'", 'never closed'],
    ['a comment that is not closed', 'SELECT 1 AS email /* to do', 'a comment is opened and never closed'],
    ['a comment within a comment that is not closed', 'SELECT 1 /* a /* b */', 'a comment is opened'],
    ['a string that is not closed', "SELECT 'a AS email", 'a string is opened and never closed'],
    ['a string with backslashes that is not closed', "SELECT E'a\\' AS email", 'a string is opened'],
    ['a name that is not closed', 'SELECT 1 AS "email', 'a quoted name is opened and never closed'],
    ['a dollar-quoted string that is not closed', 'SELECT $a$ x $b$', 'a string is opened'],
    ['a curly quotation mark', 'SELECT 1 AS ”x”', 'it has the curly quotation mark ”, line 1, column 13'],
    ['a parameter', 'SELECT email FROM x WHERE id = $1', 'the parameter $1'],
    ['a word that is none', 'SELEC email FROM x', 'read-only'],
    ['a word that begins like a query', 'selected', 'read-only'],
  ])('%s', (_, sql, words) => {
    const attempt = () => singleQuery(sql)
    expect(attempt).toThrow(words)
    expect(attempt).toThrow(
      expect.toSatisfy((error) => isRollcallError(error) && error.code === 'query_failed'),
    )
  })

  test('a comment that never ends, at once', () => {
    expect(() => singleQuery('/*'.repeat(100_000))).toThrow('a comment is opened and never closed')
    expect(curlyQuoteProblem(`${'/*'.repeat(100_000)}‘`)).toBeNull()
  })

  test('a string that never goes on, at once', () => {
    const comments = '-- '.repeat(50_000)
    expect(() => singleQuery(`SELECT E'a' ${comments}\n${comments})`)).not.toThrow()
    expect(() => singleQuery(`SELECT E'a' ${comments}\n${' '.repeat(50_000)})`)).toThrow('never opened')
    expect(() => singleQuery(`SELECT (E'${"''".repeat(50_000)}'`)).toThrow('never closed')
  })
})
