/**
 * The embedded AWS as an HTTP server, for real SDK clients: speaks the JSON protocols of AWS, by which every client
 * that the functions use calls its service. Who calls is known by the access key; signatures are not checked.
 */
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { crc32 } from "node:zlib";
import { CallerCrash } from "./crash.ts";
import { dnsSuffixOf } from "./recording/assignment.ts";
import { AwsError } from "./service.ts";
import type { Caller, ServiceName, World } from "./service.ts";
import { queryErrorCodes } from "./services/sqs/errors.ts";

/** What an SDK client is given to sign its requests with. */
export interface Credentials {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
}

interface Target {
    readonly service: ServiceName;
    /** The version of the JSON protocol. */
    readonly json: string;
}

/** The services, by the first part of the header `X-Amz-Target`. */
const TARGETS: Readonly<Record<string, Target>> = {
    AWSEvents: { service: "events", json: "1.1" },
    AWSGlue: { service: "glue", json: "1.1" },
    AWSStepFunctions: { service: "states", json: "1.0" },
    AmazonSQS: { service: "sqs", json: "1.0" },
    DynamoDB_20120810: { service: "dynamodb", json: "1.0" },
    Logs_20140328: { service: "logs", json: "1.1" },
    TrentService: { service: "kms", json: "1.1" },
};

type Json = Record<string, unknown>;

export class Endpoint {
    private readonly world: World;
    private readonly server: Server;
    private readonly callers = new Map<string, Caller>();
    private readonly calls = new Map<string, number>();
    private readonly crashes = new Map<string, AbortController>();
    private requests = 0;
    private keys = 0;
    private port = 0;

    constructor(world: World) {
        this.world = world;
        this.server = createServer((request, response) => {
            void this.serve(request, response);
        });
        // Functions keep their connections open between invocations, which may be far apart in real time.
        this.server.keepAliveTimeout = 0;
        this.server.requestTimeout = 0;
    }

    async listen(): Promise<void> {
        await new Promise<void>((resolve, reject) => {
            this.server.once("error", reject);
            this.server.listen(0, "127.0.0.1", resolve);
        });
        this.port = (this.server.address() as AddressInfo).port;
        // A world that was not closed must not keep the process alive.
        this.server.unref();
    }

    /** What `AWS_ENDPOINT_URL` has to be. */
    get url(): string {
        return `http://127.0.0.1:${this.port}`;
    }

    /** Keys under which calls are made as `caller`. */
    credentialsFor(caller: Caller): Credentials {
        const accessKeyId = `AKIALOCAL${String(++this.keys).padStart(11, "0")}`;
        this.callers.set(accessKeyId, caller);
        return { accessKeyId, secretAccessKey: "not-a-secret" };
    }

    /** Forgets keys; a call that comes under them later is refused. */
    revoke(credentials: Credentials): void {
        this.callers.delete(credentials.accessKeyId);
        this.crashes.delete(credentials.accessKeyId);
        this.calls.delete(credentials.accessKeyId);
    }

    /** How many calls were made under these keys since this was last asked. */
    takeCalls(credentials: Credentials): number {
        const calls = this.calls.get(credentials.accessKeyId) ?? 0;
        this.calls.delete(credentials.accessKeyId);
        return calls;
    }

    /** Is aborted when an interceptor ends the caller's process at a call made under these keys. */
    crashOf(credentials: Credentials): AbortSignal {
        const { accessKeyId } = credentials;
        let crash = this.crashes.get(accessKeyId);
        if (!crash) this.crashes.set(accessKeyId, (crash = new AbortController()));
        return crash.signal;
    }

    /**
     * `text` with the queue URLs in it leading here: SQS clients send to the host of the queue's URL, whatever their
     * endpoint is.
     */
    redirected(text: string): string {
        return text.replaceAll(this.queueOrigin, this.url);
    }

    async close(): Promise<void> {
        const closed = new Promise((resolve) => this.server.close(resolve));
        this.server.closeAllConnections();
        await closed;
    }

    private get queueOrigin(): string {
        return `https://sqs.${this.world.region}.${dnsSuffixOf(this.world.partition)}`;
    }

    private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
        const target = String(request.headers["x-amz-target"] ?? "");
        const [prefix = "", operation = ""] = target.split(".");
        const known = TARGETS[prefix];
        const keyId = /Credential=([^/]+)\//.exec(request.headers.authorization ?? "")?.[1] ?? "";
        try {
            const body = await textOf(request);
            if (!known) throw unknownTarget(request, target);
            const caller = this.callerWith(keyId);
            const input = this.decode(known.service, body);
            const output = this.world.call(known.service, operation, input, caller) ?? {};
            this.send(response, known, 200, this.encode(known.service, output));
        } catch (error) {
            if (error instanceof CallerCrash) {
                request.socket.destroy();
                this.crashes.get(keyId)?.abort();
            } else {
                this.refuse(response, known, toAwsError(error));
            }
        }
    }

    private callerWith(keyId: string): Caller {
        const caller = this.callers.get(keyId);
        if (!caller) {
            const text = "The security token included in the request is invalid.";
            throw new AwsError("UnrecognizedClientException", text);
        }
        this.calls.set(keyId, (this.calls.get(keyId) ?? 0) + 1);
        return caller;
    }

    private refuse(response: ServerResponse, target: Target | undefined, error: AwsError): void {
        const { name, message, statusCode, details } = error;
        response.setHeader("x-amzn-errortype", name);
        const code = target?.service === "sqs" ? queryErrorCodes[name] : undefined;
        const fault = statusCode < 500 ? "Sender" : "Receiver";
        if (code) response.setHeader("x-amzn-query-error", `${code};${fault}`);
        this.send(response, target, statusCode, encodeJson({ __type: name, message, ...details }));
    }

    private decode(service: ServiceName, sent: string): unknown {
        const body = service === "dynamodb" ? sent.replaceAll(this.url, this.queueOrigin) : sent;
        const input = JSON.parse(body === "" ? "{}" : body) as Json;
        if (service === "dynamodb" && /"BS?":/.test(body)) return withBinary(input, new Set(["B", "BS"]));
        if (service === "sqs") {
            const { QueueUrl } = input;
            if (typeof QueueUrl === "string")
                input["QueueUrl"] = QueueUrl.replace(this.url, this.queueOrigin);
            return body.includes("BinaryValue") ? withBinary(input, new Set(["BinaryValue"])) : input;
        }
        if (service === "events" && Array.isArray(input["Entries"])) {
            for (const entry of input["Entries"] as Json[]) {
                if (typeof entry["Time"] === "number") entry["Time"] = new Date(entry["Time"] * 1000);
            }
        }
        return input;
    }

    private encode(service: ServiceName, output: unknown): string {
        const text = encodeJson(output);
        // A table may hold a queue's URL for its reader to send to; written back, it is the real one again.
        const holdsUrls = service === "dynamodb" || (service === "sqs" && text.includes("QueueUrl"));
        return holdsUrls ? this.redirected(text) : text;
    }

    private send(response: ServerResponse, target: Target | undefined, status: number, text: string): void {
        const body = Buffer.from(text, "utf8");
        response.setHeader("x-amzn-requestid", `local-${++this.requests}`);
        response.setHeader("content-type", `application/x-amz-json-${target?.json ?? "1.0"}`);
        response.setHeader("content-length", body.length);
        if (target?.service === "dynamodb") response.setHeader("x-amz-crc32", crc32(body));
        response.writeHead(status);
        response.end(body);
    }
}

async function textOf(request: IncomingMessage): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString("utf8");
}

/** AWS's JSON: instants as seconds since 1970, bytes as base64. */
function encodeJson(value: unknown): string {
    return JSON.stringify(value, function (this: Json, key: string, shown: unknown) {
        // Dates and Buffers have become something else by the time that a replacer sees them.
        const raw = this[key];
        if (raw instanceof Date) return raw.getTime() / 1000;
        if (raw instanceof Uint8Array) return Buffer.from(raw).toString("base64");
        return shown;
    });
}

/** Turns the base64 of members with one of these names into bytes; a member of that name that is an object is another thing. */
function withBinary(value: unknown, names: ReadonlySet<string>): unknown {
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map((item) => withBinary(item, names));
    const entries = Object.entries(value).map(([name, member]: [string, unknown]) => {
        if (!names.has(name)) return [name, withBinary(member, names)];
        if (typeof member === "string") return [name, toBytes(member)];
        if (Array.isArray(member) && member.every((item) => typeof item === "string"))
            return [name, member.map(toBytes)];
        return [name, withBinary(member, names)];
    });
    return Object.fromEntries(entries) as Json;
}

function toBytes(base64: string): Uint8Array {
    return new Uint8Array(Buffer.from(base64, "base64"));
}

function toAwsError(error: unknown): AwsError {
    if (error instanceof AwsError) return error;
    const { name, message } = error as Error;
    // The world has been told already and will stop; the client must not take this for something to be tried again.
    return new AwsError(name, message, 400);
}

function unknownTarget(request: IncomingMessage, target: string): AwsError {
    const what = target || `${request.method ?? ""} ${request.url ?? ""}`;
    return new AwsError(
        "UnknownOperationException",
        `The embedded AWS speaks AWS's JSON protocols to ${Object.keys(TARGETS).join(", ")}, not '${what}'.`,
        404,
    );
}
