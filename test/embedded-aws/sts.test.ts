import assert from "node:assert/strict";
import { StsService } from "../../embedded-aws/services/sts/service.ts";
import { FakeWorld, user } from "./fake-world.ts";

/** IAM API Reference, "GetCallerIdentity". */
describe("sts:GetCallerIdentity", () => {
    const identityOf = (caller: object): unknown => {
        const world = new FakeWorld();
        world.fake("sts", new StsService(world).operations);
        return world.call("sts", "GetCallerIdentity", {}, { ...user, ...caller });
    };

    it("has the account for whoever runs the stack", () => {
        const Account = "123456789012";
        assert.deepEqual(identityOf({}), { UserId: Account, Account, Arn: `arn:aws:iam::${Account}:root` });
    });

    it("has the role that a call is made under", () => {
        const { Arn } = identityOf({ roleArn: "arn:aws:iam::123456789012:role/path/r" }) as { Arn: string };
        assert.equal(Arn, "arn:aws:sts::123456789012:assumed-role/r/session");
    });
});
