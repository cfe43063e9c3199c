/** What S3 tells EventBridge about the objects of a bucket ("EventBridge event message structure", S3 User Guide). */
import assert from "node:assert/strict";
import { S3Service } from "../../../embedded-aws/services/s3/index.ts";
import { FakeWorld, user } from "../fake-world.ts";

const NOTIFICATION = "aws:s3/bucketNotification:BucketNotification";

interface Entry {
    readonly Source: string;
    readonly DetailType: string;
    readonly Resources: readonly string[];
    readonly Detail: {
        readonly object: { readonly key: string; readonly sequencer: string; readonly size?: number };
        readonly [name: string]: unknown;
    };
}

describe("S3's events", () => {
    it("tell of an object that is put, half a second later: bucket, key, size, ETag", async () => {
        const world = notifying();
        world.call("s3", "PutObject", { Bucket: "uploads", Key: "in/a b+c.csv", Body: "hello" }, user);
        assert.deepEqual(entries(world), []);
        await world.clock.run();
        const [event, ...others] = entries(world);
        assert.deepEqual(others, []);
        const { "request-id": request, ...detail } = event?.Detail ?? ({} as Entry["Detail"]);
        assert.match(String(request), /^[0-9A-F]{16}$/);
        assert.match(detail.object.sequencer, /^[0-9A-F]{16}$/);
        assert.deepEqual(
            { ...event, Detail: detail, Time: undefined },
            {
                Source: "aws.s3",
                DetailType: "Object Created",
                Resources: ["arn:aws:s3:::uploads"],
                Time: undefined,
                Detail: {
                    version: "0",
                    bucket: { name: "uploads" },
                    object: {
                        // As it is: not encoded, as in the notifications to queues.
                        key: "in/a b+c.csv",
                        size: 5,
                        etag: "5d41402abc4b2a76b9719d911017c592",
                        sequencer: detail.object.sequencer,
                    },
                    requester: world.account,
                    "source-ip-address": "127.0.0.1",
                    reason: "PutObject",
                },
            },
        );
    });

    it("tell of an object that the program puts there", async () => {
        const world = notifying();
        world.create("aws:s3/bucketObjectv2:BucketObjectv2", "first", {
            bucket: "uploads",
            key: "first.csv",
            content: "1",
        });
        await world.clock.run();
        assert.deepEqual(kinds(world), [["Object Created", "first.csv"]]);
    });

    it("tell of an object that is deleted, unless there was none", async () => {
        const world = notifying();
        world.call("s3", "PutObject", { Bucket: "uploads", Key: "a", Body: "" }, user);
        for (let i = 0; i < 2; i++) world.call("s3", "DeleteObject", { Bucket: "uploads", Key: "a" }, user);
        await world.clock.run();
        assert.deepEqual(kinds(world), [
            ["Object Created", "a"],
            ["Object Deleted", "a"],
        ]);
        const { Detail } = entries(world)[1] ?? {};
        assert.deepEqual(
            [Detail?.["reason"], Detail?.["deletion-type"]],
            ["DeleteObject", "Permanently Deleted"],
        );
        assert.equal(Detail?.object.size, undefined);
    });

    it("have sequencers that grow with each change of a key", async () => {
        const world = notifying();
        for (const Body of ["1", "2", "3"])
            world.call("s3", "PutObject", { Bucket: "uploads", Key: "a", Body }, user);
        await world.clock.run();
        const sequencers = entries(world).map(({ Detail }) => Detail.object.sequencer);
        assert.equal(sequencers.length, 3);
        assert.deepEqual(sequencers, [...new Set(sequencers)].sort());
    });

    it("are not sent before the bucket asks for them, nor after it has stopped", async () => {
        const world = bucketWorld();
        const put = (): unknown =>
            world.call("s3", "PutObject", { Bucket: "uploads", Key: "a", Body: "" }, user);
        put();
        world.create(NOTIFICATION, "off", { bucket: "uploads", eventbridge: false });
        put();
        const on = world.create(NOTIFICATION, "on", { bucket: "uploads", eventbridge: true });
        world.remove(on);
        put();
        await world.clock.run();
        assert.deepEqual(entries(world), []);
    });
});

function bucketWorld(): FakeWorld {
    const world = new FakeWorld();
    world.add(new S3Service(world));
    world.fake("events", { PutServiceEvents: () => ({}) });
    world.create("aws:s3/bucket:Bucket", "uploads", {}, { arn: "arn:aws:s3:::uploads", bucket: "uploads" });
    return world;
}

function notifying(): FakeWorld {
    const world = bucketWorld();
    world.create(NOTIFICATION, "notification", { bucket: "uploads", eventbridge: true });
    return world;
}

function entries(world: FakeWorld): readonly Entry[] {
    return world.calls
        .filter(({ operation }) => operation === "PutServiceEvents")
        .flatMap(({ input }) => (input as { Entries: Entry[] }).Entries);
}

function kinds(world: FakeWorld): readonly (readonly [string, string])[] {
    return entries(world).map(({ DetailType, Detail }) => [DetailType, Detail.object.key] as const);
}
