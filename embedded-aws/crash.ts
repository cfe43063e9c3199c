/**
 * Thrown by an interceptor of the world's calls: whoever makes the call ends right there, as a process does that is
 * killed. No code of the caller's runs any more.
 */
export class CallerCrash extends Error {
    override readonly name = "CallerCrash";

    constructor() {
        super("The caller was made to crash at this call.");
    }
}
