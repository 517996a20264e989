/** A command line as one would type it. The folder of the servers is left out: the demo says once how to name it for a whole terminal. */
export function typedText(words: readonly string[]): string {
  return ['npx softlaunch', ...words.map(quoted)].join(' ');
}

function quoted(word: string): string {
  return /^[\w./:=@%+-]+$/.test(word) ? word : `"${word.replace(/["\\$`]/g, '\\$&')}"`;
}
