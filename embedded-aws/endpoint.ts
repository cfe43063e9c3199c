/**
 * The embedded AWS as an HTTP server, for real SDK clients. It speaks AWS's JSON protocols. The access key says who
 * calls; signatures are not checked.
 */
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { crc32 } from "node:zlib";
import { CallerCrash } from "./crash.ts";
import { AwsError } from "./service.ts";
import type { Addresses, Caller, Protocol, ServiceName, World } from "./service.ts";

/** What an SDK client signs its requests with. */
export interface Credentials {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
}

export interface EndpointOptions {
    /**
     * The caller of calls that are signed with keys that the endpoint did not give. @default nobody: they are refused
     */
    readonly stranger?: Caller | undefined;
    /**
     * When a call happens. "at once": within the present event, for functions whose invocation the clock waits for.
     * "as events": each as an event of its own, for clients outside of the run, beside which time passes. @default "at once"
     */
    readonly calls?: "at once" | "as events" | undefined;
}

/** A service that can be called, and how. */
interface Target {
    readonly service: ServiceName;
    readonly protocol: Protocol;
}

type Json = Record<string, unknown>;

export class Endpoint implements Addresses {
    private readonly world: World;
    private readonly options: EndpointOptions;
    /** By the first part of the header `X-Amz-Target`. */
    private readonly targets = new Map<string, Target>();
    /** The origins of the URLs that services give to their clients. */
    private readonly origins: readonly string[];
    private readonly server: Server;
    private readonly callers = new Map<string, Caller>();
    private readonly calls = new Map<string, number>();
    private readonly crashes = new Map<string, AbortController>();
    private requests = 0;
    private keys = 0;
    private port = 0;

    constructor(world: World, options: EndpointOptions = {}) {
        this.world = world;
        this.options = options;
        for (const { name, protocol } of world.descriptors.values()) {
            if (protocol) this.targets.set(protocol.target, { service: name, protocol });
        }
        this.origins = [...this.targets.values()].flatMap(({ protocol }) => protocol.originIn?.(world) ?? []);
        this.server = createServer((request, response) => {
            void this.serve(request, response);
        });
        // Functions keep their connections open between invocations, which can be far apart in real time.
        this.server.keepAliveTimeout = 0;
        this.server.requestTimeout = 0;
    }

    /** @param port 0 takes one that is free */
    async listen(port = 0): Promise<void> {
        await new Promise<void>((resolve, reject) => {
            this.server.once("error", reject);
            this.server.listen(port, "127.0.0.1", resolve);
        });
        this.port = (this.server.address() as AddressInfo).port;
        // A world that was not closed must not keep the process running.
        this.server.unref();
    }

    /** The value for `AWS_ENDPOINT_URL`. */
    get url(): string {
        return `http://127.0.0.1:${this.port}`;
    }

    /** Makes keys. A call that is signed with them is a call of `caller`. */
    credentialsFor(caller: Caller): Credentials {
        const accessKeyId = `AKIALOCAL${String(++this.keys).padStart(11, "0")}`;
        this.callers.set(accessKeyId, caller);
        return { accessKeyId, secretAccessKey: "not-a-secret" };
    }

    /** Forgets keys. Later calls with them are refused. */
    revoke(credentials: Credentials): void {
        this.callers.delete(credentials.accessKeyId);
        this.crashes.delete(credentials.accessKeyId);
        this.calls.delete(credentials.accessKeyId);
    }

    /** How many calls were made with these keys since the last time this was asked. */
    takeCalls(credentials: Credentials): number {
        const calls = this.calls.get(credentials.accessKeyId) ?? 0;
        this.calls.delete(credentials.accessKeyId);
        return calls;
    }

    /** Is aborted when an interceptor ends the caller's process at a call with these keys. */
    crashOf(credentials: Credentials): AbortSignal {
        const { accessKeyId } = credentials;
        let crash = this.crashes.get(accessKeyId);
        if (!crash) this.crashes.set(accessKeyId, (crash = new AbortController()));
        return crash.signal;
    }

    /** Replaces the URLs of AWS in `text` by URLs of this server. */
    toClient(text: string): string {
        return this.origins.reduce((sent, origin) => sent.replaceAll(origin, this.url), text);
    }

    /** Replaces the URLs of this server in `text` by those of AWS. */
    toService(text: string): string {
        const [origin] = this.origins;
        return origin === undefined ? text : text.replaceAll(this.url, origin);
    }

    async close(): Promise<void> {
        const closed = new Promise((resolve) => this.server.close(resolve));
        this.server.closeAllConnections();
        await closed;
    }

    private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
        const target = String(request.headers["x-amz-target"] ?? "");
        const [prefix = "", operation = ""] = target.split(".");
        const known = this.targets.get(prefix);
        const keyId = /Credential=([^/]+)\//.exec(request.headers.authorization ?? "")?.[1] ?? "";
        try {
            this.refuseBrowsers(request);
            const body = (await textOf(request)) || "{}";
            if (!known) throw this.unknownTarget(request, target);
            const caller = this.callerWith(keyId, request.headers["x-amzn-trace-id"]);
            const { service, protocol } = known;
            const input = this.inputOf(protocol, body);
            const call = (): unknown => this.world.call(service, operation, input, caller);
            const output = encodeJson((await this.inTime(call)) ?? {});
            this.send(response, known, 200, protocol.encode?.(output, this) ?? output);
        } catch (error) {
            if (error instanceof CallerCrash) {
                request.socket.destroy();
                this.crashes.get(keyId)?.abort();
            } else {
                this.refuse(response, known, toAwsError(error));
            }
        }
    }

    private inputOf(protocol: Protocol, body: string): unknown {
        try {
            return protocol.decode?.(body, this) ?? (JSON.parse(body) as unknown);
        } catch (error) {
            if (!(error instanceof SyntaxError)) throw error;
            throw new AwsError("SerializationException", `The body is no JSON: ${error.message}`);
        }
    }

    /** Makes a call when it may happen. */
    private inTime(call: () => unknown): unknown {
        if (this.options.calls !== "as events") return call();
        return new Promise((resolve, reject) => {
            this.world.clock.post(() => {
                try {
                    resolve(call());
                } catch (error) {
                    reject(error instanceof Error ? error : new Error(String(error)));
                }
            });
        });
    }

    /**
     * Refuses what a web page could send from a browser on this machine. A page may have a name of its own lead to this
     * address (DNS rebinding), which the header `Host` shows; any other page is shown by the header `Origin`.
     */
    private refuseBrowsers({ headers }: IncomingMessage): void {
        const { host = "", origin } = headers;
        if ([`127.0.0.1:${this.port}`, `localhost:${this.port}`].includes(host) && origin === undefined)
            return;
        const what = origin === undefined ? `the host '${host}'` : `the origin '${origin}'`;
        throw new AwsError(
            "AccessDenied",
            `This server answers calls to ${this.url} alone, not from ${what}.`,
            403,
        );
    }

    private callerWith(keyId: string, trace: string | string[] | undefined): Caller {
        const caller = this.callers.get(keyId) ?? this.options.stranger;
        if (!caller) {
            const text = "The security token included in the request is invalid.";
            throw new AwsError("UnrecognizedClientException", text);
        }
        this.calls.set(keyId, (this.calls.get(keyId) ?? 0) + 1);
        return typeof trace === "string" ? { ...caller, traceHeader: trace } : caller;
    }

    private unknownTarget(request: IncomingMessage, target: string): AwsError {
        const what = target || `${request.method ?? ""} ${request.url ?? ""}`;
        const known = [...this.targets.keys()].sort();
        return new AwsError(
            "UnknownOperationException",
            `The embedded AWS speaks AWS's JSON protocols to ${known.join(", ")}, not '${what}'.`,
            404,
        );
    }

    private refuse(response: ServerResponse, target: Target | undefined, error: AwsError): void {
        const { name, message, statusCode, details } = error;
        response.setHeader("x-amzn-errortype", name);
        const code = target?.protocol.queryErrorCodes?.[name];
        const fault = statusCode < 500 ? "Sender" : "Receiver";
        if (code) response.setHeader("x-amzn-query-error", `${code};${fault}`);
        this.send(response, target, statusCode, encodeJson({ __type: name, message, ...details }));
    }

    private send(response: ServerResponse, target: Target | undefined, status: number, text: string): void {
        const body = Buffer.from(text, "utf8");
        response.setHeader("x-amzn-requestid", `local-${++this.requests}`);
        // A client outside of the run takes its time from here.
        if (this.options.stranger) response.setHeader("date", new Date(this.world.clock.now()).toUTCString());
        response.setHeader("content-type", `application/x-amz-json-${target?.protocol.version ?? "1.0"}`);
        response.setHeader("content-length", body.length);
        if (target?.protocol.hasChecksum) response.setHeader("x-amz-crc32", crc32(body));
        response.writeHead(status);
        response.end(body);
    }
}

async function textOf(request: IncomingMessage): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString("utf8");
}

/** AWS's JSON: times are seconds since 1970, bytes are base64. */
function encodeJson(value: unknown): string {
    return JSON.stringify(value, function (this: Json, key: string, shown: unknown) {
        // A replacer gets dates and buffers only after they were changed to something else.
        const raw = this[key];
        if (raw instanceof Date) return raw.getTime() / 1000;
        if (raw instanceof Uint8Array) return Buffer.from(raw).toString("base64");
        return shown;
    });
}

function toAwsError(error: unknown): AwsError {
    if (error instanceof AwsError) return error;
    const { name, message } = error as Error;
    // The world has noted the error and will stop. The client must not try again.
    return new AwsError(name, message, 400);
}
