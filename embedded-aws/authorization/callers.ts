/** Who calls a service. */
import type { Caller } from "../service.ts";

/** Whether a service calls as itself, under no role: it may do only what the resource's own policy lets it. */
export function isServiceAlone(caller: Caller): boolean {
    return caller.roleArn === undefined && /\.amazonaws\.com(\.cn)?$/.test(caller.principal);
}
