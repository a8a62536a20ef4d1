/** Where text goes. The process, or a test. */
export interface Streams {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Whether a person watches standard error. */
  readonly isTerminal: boolean;
  /** Whether standard error shows colours. @default false */
  readonly hasColors?: boolean;
  /** Whether a person watches standard output. @default false */
  readonly stdoutIsTerminal?: boolean;
  /** Whether standard output shows colours. @default false */
  readonly stdoutHasColors?: boolean;
}

interface Terminal {
  readonly isTTY: boolean;
  readonly write: (text: string) => unknown;
}

/** The streams of a process. Colours only on a terminal, and never where NO_COLOR is set. */
export function streamsOf(stdout: Terminal, stderr: Terminal, environment: Readonly<Record<string, string | undefined>>): Streams {
  const isWanted = (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb';
  return {
    stdout: (text) => void stdout.write(text),
    stderr: (text) => void stderr.write(text),
    isTerminal: stderr.isTTY,
    hasColors: stderr.isTTY && isWanted,
    stdoutIsTerminal: stdout.isTTY,
    stdoutHasColors: stdout.isTTY && isWanted,
  };
}

/** What to say where standard output takes no more, as on a full disk. */
export function unwritable({ code, message }: NodeJS.ErrnoException): string {
  const remedy = code === 'ENOSPC' ? 'make room on the disk' : 'send it somewhere else';
  return `standard output cannot be written (${code ?? message}): ${remedy}; what it holds so far is not whole`;
}
