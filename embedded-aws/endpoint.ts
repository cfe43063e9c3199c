/**
 * The embedded AWS as an HTTP server, for real SDK clients; protocols/ has what it speaks. The access key says who calls;
 * signatures are not checked.
 */
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { CallerCrash } from "./crash.ts";
import { kept } from "./journal.ts";
import type { CallJournal } from "./journal.ts";
import { Dialects, requestOf, signatureOf } from "./protocols/index.ts";
import type { Answer, Dialect, Request } from "./protocols/index.ts";
import { AwsError } from "./service.ts";
import type { Addresses, Caller, ServiceName, World } from "./service.ts";
import type { Call } from "./world.ts";

/** What an SDK client signs its requests with. */
export interface Credentials {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
}

export interface EndpointOptions {
    /**
     * When a call happens. "at once": within the present event, for functions whose invocation the clock waits for.
     * "as events": each as an event of its own, for clients outside of the run, beside which time passes. @default "at once"
     */
    readonly calls?: "at once" | "as events" | undefined;
    /** Keeps the calls that come as events. No answer is sent before its call is kept. */
    readonly journal?: CallJournal | undefined;
}

export class Endpoint implements Addresses {
    private readonly world: World;
    private readonly options: EndpointOptions;
    private readonly dialects: Dialects;
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
        this.dialects = new Dialects(world, this);
        const descriptors = [...world.descriptors.values()];
        this.origins = descriptors.flatMap(({ protocol }) => protocol?.originIn?.(world) ?? []);
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
        return this.admit({ accessKeyId, secretAccessKey: "not-a-secret" }, caller);
    }

    /** From now on a call that is signed with these keys is a call of `caller`. */
    admit(credentials: Credentials, caller: Caller): Credentials {
        this.callers.set(credentials.accessKeyId, caller);
        return credentials;
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

    private async serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
        const requestId = `local-${++this.requests}`;
        const request = await requestOf(message).catch(toAwsError);
        if (request instanceof AwsError) {
            message.socket.destroy();
            return;
        }
        const signature = signatureOf(request);
        const dialect = await this.dialects.of(request, signature);
        const keyId = signature?.keyId ?? "";
        const isGuest = this.callers.get(keyId)?.isGuest === true;
        try {
            const answer = await this.answerTo(request, keyId, dialect, requestId);
            this.send(response, answer, requestId, isGuest);
        } catch (error) {
            if (error instanceof CallerCrash) {
                message.socket.destroy();
                this.crashes.get(keyId)?.abort();
            } else {
                this.send(response, dialect.refuse(toAwsError(error), requestId), requestId, isGuest);
            }
        }
    }

    private async answerTo(
        request: Request,
        keyId: string,
        dialect: Dialect,
        requestId: string,
    ): Promise<Answer> {
        this.refuseBrowsers(request);
        const caller = this.callerWith(keyId, request, dialect);
        const ask = dialect.read(request);
        // An unknown service is refused by the world, by its name.
        const call = { service: dialect.service as ServiceName, ...ask, caller };
        return dialect.answer(ask, await this.inTime(call), requestId);
    }

    /** Makes a call when it may happen. */
    private inTime({ service, operation, input, caller }: Call): unknown {
        const { world, options } = this;
        const make = (): unknown => world.call(service, operation, input, caller);
        if (options.calls !== "as events") return make();
        return new Promise((resolve, reject) => {
            world.clock.post(() => {
                const result = options.journal
                    ? kept(world, { service, operation, input, caller }, options.journal)
                    : attempt(make);
                result.then(resolve, reject);
            });
        });
    }

    /**
     * Refuses what a web page could send from a browser on this machine. A page may have a name of its own lead to this
     * address (DNS rebinding), which the header `Host` shows; any other page is shown by the header `Origin`.
     */
    private refuseBrowsers({ headers }: Request): void {
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

    private callerWith(keyId: string, { headers }: Request, dialect: Dialect): Caller {
        const caller = this.callers.get(keyId);
        if (!caller) {
            const text =
                keyId === ""
                    ? "The request has no signature."
                    : "The security token included in the request is invalid.";
            throw new AwsError(keyId === "" ? "MissingAuthenticationToken" : dialect.unknownKey, text, 403);
        }
        this.calls.set(keyId, (this.calls.get(keyId) ?? 0) + 1);
        const trace = headers["x-amzn-trace-id"];
        return trace === undefined ? caller : { ...caller, traceHeader: trace };
    }

    private send(response: ServerResponse, answer: Answer, requestId: string, isGuest: boolean): void {
        const body = typeof answer.body === "string" ? Buffer.from(answer.body, "utf8") : answer.body;
        response.setHeader("x-amzn-requestid", requestId);
        response.setHeader("content-length", body.length);
        // A client outside of the run takes its time from here.
        if (isGuest) response.setHeader("date", new Date(this.world.clock.now()).toUTCString());
        response.writeHead(answer.status, answer.headers);
        response.end(body);
    }
}

/** Makes a call now. What it throws is a rejection. */
function attempt(call: () => unknown): Promise<unknown> {
    return new Promise((resolve) => {
        resolve(call());
    });
}

function toAwsError(error: unknown): AwsError {
    if (error instanceof AwsError) return error;
    const { name, message } = error as Error;
    // The world has noted the error and will stop. The client must not try again.
    return new AwsError(name, message, 400);
}
