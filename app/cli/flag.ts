/** One flag of a command. */
export interface Flag {
  /** The letter that stands for it. @default - none */
  readonly short?: string;
  /** What its value is called in the help; without one it is a switch. */
  readonly value?: string;
  /** The environment variable that stands in for it. @default - none */
  readonly variable?: string;
  /** What counts where neither is given. @default - nothing */
  readonly default?: string;
  /** What may stand there; the shell completes it. @default - anything */
  readonly choices?: readonly string[];
  /** May be given several times. @default false */
  readonly repeatable?: boolean;
  readonly help: string;
}

/** A command of the program, and everything that its help says. */
export interface Command {
  readonly summary: string;
  /** What follows the program's name. */
  readonly usage: string;
  readonly flags: Readonly<Record<string, Flag>>;
  readonly notes: readonly string[];
  /** What may stand behind it; the shell completes it. @default - files, or nothing */
  readonly choices?: readonly string[];
}

export const namespace: Flag = {
  short: 'n',
  value: 'NAMESPACE',
  help: 'namespace of objects that name none; an object of another namespace is an error',
};
export const help: Flag = { short: 'h', help: 'show this text' };
