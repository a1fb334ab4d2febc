/**
 * Why the log can't go on with what D1 and R2 hold. Unlike a call that failed it does not pass by being tried again, so it is looked at again
 * when the next block comes.
 */
export class LogFault extends Error {
  override name = 'LogFault';
  /** `log_rolled_back`: they contradict, or are behind, what the log has signed. `header_invalid`: D1's headers are no chain. */
  readonly code: 'log_rolled_back' | 'header_invalid';

  constructor(code: LogFault['code'], reason: string) {
    super(reason);
    this.code = code;
  }
}
