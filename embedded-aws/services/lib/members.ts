/** Members of a request that an operation does not have here. */
import { UnsupportedError } from "../../service.ts";

/** Throws if `input` has a member that is not among `known`: nothing is silently ignored. */
export function checkMembers(operation: string, input: object, known: readonly string[]): void {
    for (const [member, value] of Object.entries(input)) {
        if (value === undefined || known.includes(member)) continue;
        throw new UnsupportedError(`The embedded AWS does not support ${member} of ${operation}.`);
    }
}
