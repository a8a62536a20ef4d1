/** Something that must be there before the controller can start is not. The message says what to do. */
export class SetupError extends Error {
  public override readonly name = 'SetupError';
}
