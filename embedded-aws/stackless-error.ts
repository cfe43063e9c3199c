/** An error without a stack: it tells of no fault in the code, and making a stack would cost more than the call that it ends. */
export class StacklessError extends Error {
    constructor(message: string) {
        const { stackTraceLimit } = Error;
        Error.stackTraceLimit = 0;
        super(message);
        Error.stackTraceLimit = stackTraceLimit;
    }
}
