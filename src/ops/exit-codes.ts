/** What every command ends with, so that scripts can decide. */
export const exitCodes = {
  /** Done, or the answer is yes. */
  done: 0,
  /** Refused, or the answer is no. Nothing was changed by a refused command. */
  no: 1,
  /** The command line or the plan cannot be used. */
  usage: 2,
  /** Nothing runs here, or a server did not answer. */
  unreachable: 3,
  /** No such launch, or several and none was named. */
  whichLaunch: 4,
  /** The command is stored and takes effect when a worker is up; nobody has answered it yet. */
  stored: 5,
  /** A mistake of softlaunch itself. */
  unexpected: 70,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** For `--help`. */
export const exitCodesText = `Exit codes:
  0   done, or the answer is yes
  1   refused, or the answer is no
  2   the command line or the plan cannot be used
  3   nothing runs here, or a server did not answer
  4   no such launch, or several and none was named
  5   stored, but no worker has answered yet
  70  a mistake of softlaunch itself`;
