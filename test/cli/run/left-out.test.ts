import assert from "node:assert/strict";
import { isOwn, leftOutText, ofOtherProviders } from "../../../cli/run/left-out.ts";
import type { Resource } from "../../../embedded-aws/index.ts";

function resource(type: string, name: string, chain = type, id = name): Resource {
    return { type, name, urn: `urn:pulumi:dev::p::${chain}::${name}`, inputs: {}, outputs: { id } };
}

const own = resource("aws:sqs/queue:Queue", "work", "turnstile:index:WorkQueue$aws:sqs/queue:Queue");
const users = resource("aws:ec2/vpc:Vpc", "main");
const password = resource("random:index/randomPassword:RandomPassword", "password");
const component = resource("turnstile:index:WorkQueue", "work", undefined, "");
const stack = resource("pulumi:pulumi:Stack", "p-dev");

describe("what a run does without", () => {
    it("is never a resource of Turnstile's own components", () => {
        assert.deepEqual([own, users].map(isOwn), [true, false]);
    });

    it("is what other providers make, which a component and the stack are not", () => {
        const program = { resources: [own, users, password, component, stack], outputs: {} };
        assert.deepEqual(ofOtherProviders(program as never), [password]);
    });

    it("is named with its type", () => {
        assert.equal(
            leftOutText([users, password]),
            "left out, because the embedded AWS does not have it: aws:ec2/vpc:Vpc main, random:index/randomPassword:RandomPassword password",
        );
    });
});
