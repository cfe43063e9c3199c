/**
 * What a bucket tells EventBridge about its objects, once a BucketNotification says so: `Object Created` and `Object Deleted`
 * ("EventBridge event message structure" and "Using EventBridge", S3 User Guide). Keys are as they are, not encoded.
 */
import type { Caller, World } from "../../service.ts";
import type { StoredObject } from "./object.ts";

/** The parts of a bucket that an event names. */
interface Source {
    readonly arn: string;
    readonly name: string;
}

/** How many digits a sequencer has. They compare as texts. */
const SEQUENCER_DIGITS = 16;

export class BucketEvents {
    private readonly world: World;
    private count = 0;

    constructor(world: World) {
        this.world = world;
    }

    created(bucket: Source, key: string, { ContentLength: size, ETag }: StoredObject): void {
        const object = { key, size, etag: ETag.replaceAll('"', "") };
        this.send(bucket, "Object Created", object, { reason: "PutObject" });
    }

    deleted(bucket: Source, key: string): void {
        const how = { reason: "DeleteObject", "deletion-type": "Permanently Deleted" };
        this.send(bucket, "Object Deleted", { key }, how);
    }

    private send(bucket: Source, DetailType: string, object: object, how: object): void {
        const { clock, model, random, account } = this.world;
        const sequencer = (this.count++).toString(16).toUpperCase().padStart(SEQUENCER_DIGITS, "0");
        const Detail = {
            version: "0",
            bucket: { name: bucket.name },
            object: { ...object, sequencer },
            "request-id": random.hex(16).toUpperCase(),
            requester: account,
            "source-ip-address": "127.0.0.1",
            ...how,
        };
        const entry = { Source: "aws.s3", DetailType, Detail, Resources: [bucket.arn] };
        const input = { Entries: [{ ...entry, Time: new Date(clock.now()) }] };
        const caller: Caller = { principal: "s3.amazonaws.com", sourceArn: bucket.arn };
        clock.after(model.eventMillis, () => {
            this.world.call("events", "PutServiceEvents", input, caller);
        });
    }
}
