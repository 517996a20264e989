/** What to say when a launch's workflow does not run though its record has not ended. */
export function notRunningText(launch: string): string {
  return `The workflow of ${launch} does not run, so nobody carries the launch on. "softlaunch status ${launch}" says what is still on; "softlaunch rollback ${launch}" turns it off, "softlaunch abandon ${launch}" also releases what it claims.`;
}

/** What to say to a command for a launch that is over. */
export function endedText(launch: string, outcome: string): string {
  return `${launch} has ended as ${outcome}: nothing can be decided any more, and nothing was changed. "softlaunch review ${launch}" says how it went; "softlaunch rollback ${launch}" turns off what it left on.`;
}
