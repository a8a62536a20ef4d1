/** What happened, for whoever reads the log: one JSON object a line. Values of Secrets are never handed to it. */
export interface Log {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** @param write takes one line, line end included */
export function createLog(write: (line: string) => void, now: () => Date): Log {
  const line = (level: string, message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    write(`${JSON.stringify({ time: now().toISOString(), level, message, ...fields })}\n`);
  };
  return {
    info: (message, fields) => line('info', message, fields),
    error: (message, fields) => line('error', message, fields),
  };
}
