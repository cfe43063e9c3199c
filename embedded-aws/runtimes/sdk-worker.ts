/**
 * The thread of an instance of a function. It imports the bundle and calls the deployed handler. The handler takes the
 * time from `Date`, so during an invocation `Date` has the virtual time.
 */
import { parentPort, workerData } from "node:worker_threads";
import type { InvocationOutcome } from "../services/lambda/index.ts";
import { BundleError } from "./bundle.ts";
import { failed, loadFailed } from "./failures.ts";
import type { WorkerRequest } from "./sdk.ts";

type Handler = (event: unknown, context: unknown) => Promise<unknown>;

const { url, exportName } = workerData as { url: string; exportName: string };
let now = 0;

const RealDate = Date;

/** A `Date` whose present is the invocation's. Installed before the bundle, which may keep `Date.now`. */
class VirtualDate extends RealDate {
    constructor(...args: [] | [number | string | Date]) {
        if (args.length === 0) super(now);
        else super(...(args as [number]));
    }

    static override now(): number {
        return now;
    }
}
globalThis.Date = VirtualDate as DateConstructor;

const loading = load();
loading.catch(() => undefined);

parentPort?.on("message", (request: WorkerRequest) => {
    void answer(request).then((result) => {
        parentPort?.postMessage(result);
    });
});

async function load(): Promise<Handler> {
    const module = (await import(url)) as Record<string, unknown>;
    const handler = module[exportName];
    if (typeof handler === "function") return handler as Handler;
    throw new BundleError("Runtime.HandlerNotFound", `${exportName} is undefined or not exported`);
}

async function answer(request: WorkerRequest): Promise<InvocationOutcome> {
    now = request.now;
    // Lambda Developer Guide, "Defined runtime environment variables". The SDK adds it to its requests.
    process.env["_X_AMZN_TRACE_ID"] = request.traceHeader;
    let handler: Handler;
    try {
        handler = await loading;
    } catch (error) {
        return loadFailed(error);
    }
    const context = {
        functionName: request.functionName,
        functionVersion: "$LATEST",
        invokedFunctionArn: request.functionArn,
        awsRequestId: request.requestId,
        getRemainingTimeInMillis: () => request.deadline - now,
    };
    try {
        const payload = (await handler(request.event, context)) ?? null;
        // As JSON: nothing else leaves a function on Lambda.
        return { kind: "returned", payload: JSON.parse(JSON.stringify(payload)) as unknown };
    } catch (error) {
        return failed(error);
    }
}
