import { AnswerTooLargeError, ApiError, ConnectionError } from '../api/errors';
import { failureOf } from '../carry-out/failures';
import type { Failure } from '../decide/outcome';
import { MissingRightsError } from '../observe/missing-rights';
import { OutdatedCrdError } from '../status/report';
import { cut, withoutSecrets } from '../status/text';

/** Characters of a message that nobody has written for people. */
const LONGEST = 300;

/** Lines of a stack. */
const FRAMES = 5;

/** What to tell of an error that ended a pass: an answer that no step took for its own, or a mistake of the controller itself. */
export function passFailure(error: unknown): Failure {
  if (error instanceof MissingRightsError) return { reason: 'MissingRights', message: error.message, transient: false };
  if (error instanceof OutdatedCrdError) return { reason: 'OutdatedCRD', message: error.message, transient: false };
  const isAnswer = error instanceof ApiError || error instanceof ConnectionError || error instanceof AnswerTooLargeError;
  if (isAnswer) return failureOf(error);
  return {
    reason: 'InternalError',
    message: `a mistake of the controller, which its log tells more of: ${errorText(error)}`,
    transient: false,
  };
}

/** `TypeError: ...`, without what may quote a value. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return 'something that is no error was thrown';
  // A parser quotes what it cannot read, which may be anything.
  if (error instanceof SyntaxError) return error.name;
  return withoutSecrets(cut(`${error.name}: ${error.message}`, LONGEST));
}

/** Where in the program it was thrown; empty for answers of the server, whose place says nothing. */
export function placesOf(error: unknown): string[] {
  if (!(error instanceof Error) || error instanceof ApiError || error instanceof ConnectionError) return [];
  const lines = (error.stack ?? '').split('\n').map((line) => line.trim());
  return lines.filter((line) => line.startsWith('at ')).slice(0, FRAMES);
}
