import { StacklessError } from "./stackless-error.ts";

/** Thrown by an interceptor: the caller ends at this call, as a process does that is killed. None of its code runs any more. */
export class CallerCrash extends StacklessError {
    override readonly name = "CallerCrash";

    constructor() {
        super("The caller was made to crash at this call.");
    }
}
