import { Lexer, LineCounter, Parser } from 'yaml';
import { PlanError } from './plan-error.ts';

/** A plan file may be this large: 1 MiB. */
export const largestPlanBytes = 1024 * 1024;
const deepestNesting = 100;
const mostTokens = 100_000;

/**
 * Refuses what would cost the YAML parser too much time or memory, by reading the text token by token and stopping at the first excess.
 * Deeply nested text would otherwise exhaust stack and memory before any error could be reported.
 */
export function refuseBombs(text: string, fileName: string): void {
  if (Buffer.byteLength(text) > largestPlanBytes) throw tooMuch(fileName, 'the file is larger than 1 MiB, the most a plan may have');
  const lines = new LineCounter();
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  let tokens = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      if (token.type === 'error') throw tooMuch(fileName, firstLine(token.message), lines.linePos(token.offset));
    }
    tokens += 1;
    if (tokens > mostTokens)
      throw tooMuch(fileName, `has more than ${mostTokens} words and signs, the most a plan may have`, lines.linePos(parser.offset));
    if (parser.stack.length > deepestNesting) throw tooMuch(fileName, 'is nested too deeply', lines.linePos(parser.offset));
  }
}

/** The first sentence of a message of the YAML parser. */
export function firstLine(message: string): string {
  return message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? message;
}

function tooMuch(fileName: string, sentence: string, place: { line: number; col: number } = { line: 1, col: 1 }): PlanError {
  return new PlanError(fileName, [{ line: Math.max(place.line, 1), column: Math.max(place.col, 1), path: '', sentence }]);
}
