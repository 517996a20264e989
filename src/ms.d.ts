/** `ms` ships no types that TypeScript finds, so without this Temporal's `Duration` silently becomes `any`. We pass milliseconds only. */
declare module 'ms' {
  export type StringValue = never;
}
