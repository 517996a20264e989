import { describe, expect, it } from 'vitest';
import { bindParameters, countStatements, sqlParameters } from '../../src/domain/probe-sql.ts';

describe('parameters of a statement', () => {
  it.each([
    ['select :community, :since, :community', ['community', 'since']],
    ['select \':community\', x::text, "a:since" from t', []],
    ["select 'it''s :since', E'it\\'s :until', :community", ['community']],
    ['select $$ :community $$, $x$ :since $$ $x$, :until', ['until']],
    ['select 1 -- :community\n, :since', ['since']],
    ['select /* :community /* :since */ */ :until', ['until']],
    ['select a[1:n], a[b:c], :since::timestamptz', ['since']],
    ["select ':since", []],
    ['select 1 /* :since', []],
  ])('%s', (sql, expected) => {
    expect(sqlParameters(sql)).toEqual(expected);
  });

  it('are bound by position, each once', () => {
    expect(bindParameters("select :a::text, ':b', :b, :a", { a: 1, b: 2, c: 3 })).toEqual({
      text: "select $1::text, ':b', $2, $1",
      values: [1, 2],
    });
    expect(() => bindParameters('select :a', {})).toThrow(':a');
    expect(() => bindParameters('select :constructor', {})).toThrow(':constructor');
  });
});

describe('statements', () => {
  it.each([
    ['select 1', 1],
    ['select 1; ', 1],
    ['select 1;; -- done', 1],
    ["select ';'", 1],
    ['select 1; select 2', 2],
    ['select 1; /* no */ drop table x', 2],
    ['-- nothing', 0],
    [' ; ', 0],
  ])('%s has %i', (sql, count) => {
    expect(countStatements(sql)).toBe(count);
  });
});
