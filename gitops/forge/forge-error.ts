import { GitError, type GitErrorCode } from '../git/errors';

/** Why a forge did not do what it was asked. */
export class ForgeError extends GitError {
  /**
   * @param retryAfter milliseconds after which the server wants to be asked again. @default - it did not say
   * @param status HTTP status of its answer. @default - there was none
   * @param remedy what to do about it. @default - what the code says
   */
  public constructor(
    code: GitErrorCode,
    message: string,
    public readonly retryAfter?: number,
    public readonly status?: number,
    remedy?: string,
  ) {
    super(code, message, remedy);
  }
}
