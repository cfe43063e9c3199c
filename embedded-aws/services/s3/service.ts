/**
 * S3: buckets with their policies, and objects as far as the script and the data of a job need them. Settings of a
 * bucket are only kept. A bucket policy that denies a call is obeyed here; authorization/ looks at one that allows a
 * call.
 */
import { createHash } from "node:crypto";
import { decide, parsePolicy, PolicyError, requestOf } from "../../authorization/policy.ts";
import type { RecordedAsset, Resource } from "../../recording/resource.ts";
import { AwsError, UnsupportedError } from "../../service.ts";
import { checkMembers } from "../lib/members.ts";
import { BucketEvents } from "./events.ts";
import { list, LIST_MEMBERS } from "./list.ts";
import type { Listed, ListInput } from "./list.ts";
import type { StoredObject } from "./object.ts";
import type { Caller, Operations, ResourceKind, ResourceKinds, Service, World } from "../../service.ts";

/** A bucket, as found under its ARN. */
export class Bucket {
    readonly arn: string;
    readonly name: string;
    readonly createdAt: number;
    readonly objects = new Map<string, StoredObject>();
    /** What resources such as BucketVersioning set, by the type of the resource. */
    readonly settings = new Map<string, Readonly<Record<string, unknown>>>();
    policy: string | object | undefined;

    constructor(arn: string, name: string, createdAt: number) {
        this.arn = arn;
        this.name = name;
        this.createdAt = createdAt;
    }

    /** The key that encrypts objects. Undefined: one of S3's. */
    kmsKeyArn(): string | undefined {
        const { rules } = (this.settings.get(ENCRYPTION) ?? {}) as { rules?: EncryptionRule[] };
        return rules?.[0]?.applyServerSideEncryptionByDefault?.kmsMasterKeyId;
    }

    /** Whether EventBridge hears of its objects. */
    get notifies(): boolean {
        return this.settings.get(NOTIFICATION)?.["eventbridge"] === true;
    }
}

const ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration";

/** Only EventBridge can be notified here, so a notification has no other inputs. */
const NOTIFICATION = "aws:s3/bucketNotification:BucketNotification";

interface EncryptionRule {
    readonly applyServerSideEncryptionByDefault?: { readonly kmsMasterKeyId?: string };
}

interface ObjectInput {
    Bucket: string;
    Key: string;
}

interface PutObjectInput extends ObjectInput {
    Body?: string | Uint8Array;
    ContentType?: string;
    Metadata?: Record<string, string>;
}

/** Checksums that clients send are taken, and not compared. */
const PUT_MEMBERS = [
    "Bucket",
    "Key",
    "Body",
    "ContentType",
    "Metadata",
    "ContentLength",
    "ContentMD5",
    "ChecksumAlgorithm",
];
const CHECKSUM = /^Checksum/;

export class S3Service implements Service {
    readonly operations: Operations = {
        GetObject: this.getObject.bind(this),
        HeadObject: this.headObject.bind(this),
        PutObject: this.putObject.bind(this),
        DeleteObject: this.deleteObject.bind(this),
        ListObjectsV2: this.listObjects.bind(this),
        ListObjects: this.listObjectsFrom.bind(this),
        ListBuckets: this.listBuckets.bind(this),
        HeadBucket: this.headBucket.bind(this),
    };
    readonly kinds: ResourceKinds = {
        "aws:s3/bucket:Bucket": {
            inputs: ["bucket", "bucketPrefix", "forceDestroy", "tags"],
            create: this.createBucket.bind(this),
            // Tags and forceDestroy change nothing about a bucket that exists.
            update: () => undefined,
            remove: this.removeBucket.bind(this),
        },
        "aws:s3/bucketObjectv2:BucketObjectv2": {
            inputs: [
                "bucket",
                "key",
                "content",
                "contentBase64",
                "source",
                "sourceHash",
                "contentType",
                "metadata",
                "etag",
                "forceDestroy",
                "kmsKeyId",
                "serverSideEncryption",
                "bucketKeyEnabled",
                "tags",
                // Says which tags of the provider an object does not get; here a provider has none.
                "overrideProvider",
            ],
            create: this.createObject.bind(this),
            update: this.createObject.bind(this),
            remove: ({ inputs }) => this.remove(this.bucket(inputs["bucket"]), String(inputs["key"])),
        },
        "aws:s3/bucketPolicy:BucketPolicy": {
            inputs: ["bucket", "policy"],
            create: this.putBucketPolicy.bind(this),
            update: this.putBucketPolicy.bind(this),
            remove: ({ inputs }) => void (this.bucket(inputs["bucket"]).policy = undefined),
        },
        ...this.settingKinds({
            "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": [
                "blockPublicAcls",
                "blockPublicPolicy",
                "ignorePublicAcls",
                "restrictPublicBuckets",
                "skipDestroy",
            ],
            [ENCRYPTION]: ["rules"],
            [NOTIFICATION]: ["eventbridge"],
            "aws:s3/bucketOwnershipControls:BucketOwnershipControls": ["rule"],
            "aws:s3/bucketVersioning:BucketVersioning": ["versioningConfiguration"],
            "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": [
                "rules",
                "transitionDefaultMinimumObjectSize",
            ],
        }),
    };
    private readonly world: World;
    private readonly buckets = new Map<string, Bucket>();
    private readonly events: BucketEvents;

    constructor(world: World) {
        this.world = world;
        this.events = new BucketEvents(world);
    }

    private settingKinds(types: Readonly<Record<string, readonly string[]>>): Record<string, ResourceKind> {
        const kinds = Object.entries(types).map(([type, inputs]): [string, ResourceKind] => {
            const settings = (resource: Resource): Bucket["settings"] =>
                this.bucket(resource.inputs["bucket"]).settings;
            const set = (resource: Resource): void => void settings(resource).set(type, resource.inputs);
            const remove = (resource: Resource): void => void settings(resource).delete(type);
            return [type, { inputs: ["bucket", ...inputs], create: set, update: set, remove }];
        });
        return Object.fromEntries(kinds);
    }

    private createBucket({ outputs }: Resource): void {
        const arn = String(outputs["arn"]);
        const name = String(outputs["bucket"]);
        // S3 User Guide, "General purpose buckets naming rules".
        if (
            !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) ||
            name.includes("..") ||
            /^[\d.]+$/.test(name)
        ) {
            throw new AwsError("InvalidBucketName", `The specified bucket is not valid: ${name}`);
        }
        const bucket = new Bucket(arn, name, this.world.clock.now());
        this.world.register(arn, bucket);
        this.buckets.set(name, bucket);
    }

    private removeBucket({ inputs, outputs }: Resource): void {
        if (this.bucket(outputs["bucket"]).objects.size > 0 && inputs["forceDestroy"] !== true) {
            throw new AwsError("BucketNotEmpty", "The bucket you tried to delete is not empty", 409);
        }
        this.world.unregister(String(outputs["arn"]));
        this.buckets.delete(String(outputs["bucket"]));
    }

    private createObject({ inputs }: Resource): void {
        const bucket = this.bucket(inputs["bucket"]);
        const key = inputs["key"];
        if (typeof key !== "string" || key === "")
            throw new UnsupportedError(
                "The embedded AWS does not support an aws:s3/bucketObjectv2:BucketObjectv2 without key.",
            );
        const { contentType, metadata } = inputs as {
            contentType?: string;
            metadata?: Record<string, string>;
        };
        this.keep(bucket, key, this.stored(content(inputs), contentType, metadata));
    }

    private putBucketPolicy({ inputs }: Resource): void {
        const bucket = this.bucket(inputs["bucket"]);
        const policy = inputs["policy"] as string | object;
        try {
            parsePolicy(policy, "resource");
        } catch (error) {
            throw error instanceof PolicyError ? new AwsError("MalformedPolicy", error.message) : error;
        }
        bucket.policy = policy;
    }

    private getObject(input: ObjectInput, caller: Caller): StoredObject {
        checkMembers("s3:GetObject", input, ["Bucket", "Key", "ChecksumMode"]);
        const { Bucket: name, Key } = input;
        const bucket = this.bucket(name);
        this.check(bucket, "s3:GetObject", `${bucket.arn}/${Key}`, caller);
        const object = bucket.objects.get(Key);
        if (!object) throw new AwsError("NoSuchKey", "The specified key does not exist.", 404, { Key });
        return object;
    }

    private headObject(input: ObjectInput, caller: Caller): Omit<StoredObject, "Body"> {
        try {
            const { Body: _, ...head } = this.getObject(input, caller);
            return head;
        } catch (error) {
            // A HEAD has no body to carry S3's code: clients see the status alone.
            throw error instanceof AwsError && error.statusCode === 404
                ? new AwsError("NotFound", "UnknownError", 404)
                : error;
        }
    }

    private putObject(input: PutObjectInput, caller: Caller): { ETag: string } {
        const checksums = Object.keys(input).filter((member) => CHECKSUM.test(member));
        checkMembers("s3:PutObject", input, [...PUT_MEMBERS, ...checksums]);
        const bucket = this.bucket(input.Bucket);
        this.check(bucket, "s3:PutObject", `${bucket.arn}/${input.Key}`, caller);
        const body =
            typeof input.Body === "string" ? Buffer.from(input.Body) : Uint8Array.from(input.Body ?? []);
        const object = this.stored(body, input.ContentType, input.Metadata);
        this.keep(bucket, input.Key, object);
        return { ETag: object.ETag };
    }

    private deleteObject(input: ObjectInput, caller: Caller): object {
        const bucket = this.bucket(input.Bucket);
        this.check(bucket, "s3:DeleteObject", `${bucket.arn}/${input.Key}`, caller);
        this.remove(bucket, input.Key);
        return {};
    }

    private keep(bucket: Bucket, key: string, object: StoredObject): void {
        bucket.objects.set(key, object);
        if (bucket.notifies) this.events.created(bucket, key, object);
    }

    private remove(bucket: Bucket, key: string): void {
        if (bucket.objects.delete(key) && bucket.notifies) this.events.deleted(bucket, key);
    }

    private listObjects(input: ListInput, caller: Caller): Listed {
        checkMembers("s3:ListObjectsV2", input, LIST_MEMBERS);
        const bucket = this.bucket(input.Bucket);
        this.check(bucket, "s3:ListBucket", bucket.arn, caller);
        return list(bucket.objects, input);
    }

    /** The older form of the same, which pages by the last key. */
    private listObjectsFrom({ Marker, ...input }: ListInput & { Marker?: string }, caller: Caller): object {
        const from = Marker === undefined ? input : { ...input, StartAfter: Marker };
        const { NextContinuationToken, ...listed } = this.listObjects(from, caller);
        return NextContinuationToken === undefined
            ? listed
            : { ...listed, NextMarker: NextContinuationToken };
    }

    private listBuckets(): object {
        const Buckets = [...this.buckets.values()].map(({ name: Name, createdAt }) => ({
            Name,
            CreationDate: new Date(createdAt),
        }));
        return { Buckets, Owner: { ID: this.world.account } };
    }

    private headBucket({ Bucket: name }: { Bucket: string }): object {
        try {
            this.bucket(name);
        } catch (error) {
            throw error instanceof AwsError ? new AwsError("NotFound", "UnknownError", 404) : error;
        }
        return { BucketRegion: this.world.region };
    }

    private check(bucket: Bucket, action: string, resource: string, caller: Caller): void {
        if (bucket.policy === undefined) return;
        if (decide(bucket.policy, requestOf(caller, this.world.account, action, resource)) !== "denied")
            return;
        throw new AwsError("AccessDenied", "Access Denied", 403);
    }

    private stored(Body: Uint8Array, contentType?: string, metadata?: Record<string, string>): StoredObject {
        return {
            Body,
            ContentLength: Body.length,
            ContentType: contentType ?? "binary/octet-stream",
            ETag: `"${createHash("md5").update(Body).digest("hex")}"`,
            LastModified: new Date(this.world.clock.now()),
            Metadata: metadata ?? {},
        };
    }

    private bucket(name: unknown): Bucket {
        const found = this.world.find(`arn:${this.world.partition}:s3:::${String(name)}`);
        if (found instanceof Bucket) return found;
        throw new AwsError("NoSuchBucket", "The specified bucket does not exist", 404, { BucketName: name });
    }
}

function content(inputs: Resource["inputs"]): Uint8Array {
    const given = ["content", "contentBase64", "source"].filter((name) => inputs[name] !== undefined);
    const [name] = given;
    if (name === undefined) return new Uint8Array();
    if (given.length > 1)
        throw new AwsError("ConflictsWith", `"${name}": conflicts with ${given.slice(1).join(", ")}`);
    if (name === "source") {
        const asset = inputs["source"] as RecordedAsset;
        if (asset.kind !== "text")
            throw new UnsupportedError(
                "The embedded AWS does not support an aws:s3/bucketObjectv2:BucketObjectv2 with an archive as source; use a file or a text.",
            );
        return Buffer.from(asset.text);
    }
    return Buffer.from(String(inputs[name]), name === "content" ? "utf8" : "base64");
}
