/** STS: who calls. */
import type { Caller, Operations, Service, World } from "../../service.ts";

export class StsService implements Service {
    readonly operations: Operations = {
        GetCallerIdentity: this.getCallerIdentity.bind(this),
    };
    readonly kinds = {};
    private readonly world: World;

    constructor(world: World) {
        this.world = world;
    }

    private getCallerIdentity(_input: unknown, { roleArn }: Caller): object {
        const { account: Account, partition } = this.world;
        if (roleArn === undefined) {
            return { UserId: Account, Account, Arn: `arn:${partition}:iam::${Account}:root` };
        }
        const role = roleArn.slice(roleArn.lastIndexOf("/") + 1);
        const Arn = `arn:${partition}:sts::${Account}:assumed-role/${role}/${SESSION}`;
        return { UserId: `AROALOCAL:${SESSION}`, Account, Arn };
    }
}

/** A role is assumed anew for each call here, so all its sessions are one. */
const SESSION = "session";
