/**
 * Lambda: functions and the permissions to invoke them, synchronous and asynchronous invocations, and event source
 * mappings. A runtime runs the code. Operations answer at once, so `Invoke` through the world takes only events and dry
 * runs. A service that waits for an answer finds the function by its ARN and calls `LambdaFunction.invoke`.
 */
import { decide, requestOf } from "../../authorization/policy.ts";
import { arnIn } from "../../location.ts";
import type { Resource } from "../../recording/resource.ts";
import { AwsError, isServiceAlone, UnsupportedError } from "../../service.ts";
import type { Caller, Operations, ResourceKinds, Service, World } from "../../service.ts";
import { functionNotFound, invalid } from "./errors.ts";
import { configurationOf, FUNCTION_INPUTS, LambdaFunction } from "./function.ts";
import { Invoker, responsePayload, type LogLine } from "./invoker.ts";
import { MAPPING_INPUTS, settingsOf, type Deliveries, type Mapping } from "./mapping.ts";
import type { InvocationOutcome } from "./outcome.ts";
import { QueueMapping } from "./queue-mapping.ts";
import type { FunctionRuntime } from "./runtime.ts";
import { StreamMapping } from "./stream-mapping.ts";

export interface InvokeInput {
    /** Name, ARN or partial ARN, with or without `:$LATEST`. */
    readonly FunctionName?: string;
    readonly InvocationType?: string;
    readonly Payload?: string | Uint8Array;
    readonly Qualifier?: string;
}

/** The answer of Invoke, with the payload as a value. */
export interface InvokeAnswer {
    readonly StatusCode: number;
    readonly ExecutedVersion: string;
    readonly Payload: unknown;
    readonly FunctionError?: "Unhandled";
}

interface MappingInput {
    readonly UUID?: string;
    readonly [member: string]: unknown;
}

/** Bytes. Lambda Developer Guide, "Lambda quotas": payloads of asynchronous invocations. */
const MAX_EVENT_BYTES = 1024 * 1024;

/** A batch of a stream, on a good day: at once. */
const ONCE = [0];

export class LambdaService implements Service {
    readonly operations: Operations = {
        Invoke: this.invokeAsynchronously.bind(this),
        GetFunction: this.getFunction.bind(this),
        GetFunctionConfiguration: ({ FunctionName }: InvokeInput) => shown(this.functionOf(FunctionName)),
        ListFunctions: () => ({ Functions: [...this.functions.values()].map(shown) }),
        GetEventSourceMapping: this.getMapping.bind(this),
        ListEventSourceMappings: this.listMappings.bind(this),
        UpdateEventSourceMapping: this.updateMapping.bind(this),
    };
    readonly kinds: ResourceKinds = {
        "aws:lambda/function:Function": {
            inputs: FUNCTION_INPUTS,
            create: this.createFunction.bind(this),
            update: this.updateFunction.bind(this),
            remove: this.removeFunction.bind(this),
        },
        "aws:lambda/permission:Permission": {
            inputs: [
                "action",
                "function",
                "principal",
                "sourceArn",
                "sourceAccount",
                "statementId",
                "statementIdPrefix",
                "principalOrgId",
            ],
            create: this.addPermission.bind(this),
            remove: this.removePermission.bind(this),
        },
        "aws:lambda/eventSourceMapping:EventSourceMapping": {
            inputs: MAPPING_INPUTS,
            create: this.createMapping.bind(this),
            update: this.reconfigureMapping.bind(this),
            remove: this.removeMapping.bind(this),
        },
        "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": {
            inputs: ["functionName", "maximumEventAgeInSeconds", "maximumRetryAttempts", "destinationConfig"],
            create: this.setAsynchronous.bind(this),
            update: this.setAsynchronous.bind(this),
            remove: ({ inputs }) => this.functionOf(inputs["functionName"]).setAsynchronous({}),
        },
        "aws:lambda/functionRecursionConfig:FunctionRecursionConfig": {
            inputs: ["functionName", "recursiveLoop"],
            create: ({ inputs }) => this.setRecursion(inputs["functionName"], inputs["recursiveLoop"]),
            update: ({ inputs }) => this.setRecursion(inputs["functionName"], inputs["recursiveLoop"]),
            remove: ({ inputs }) => this.setRecursion(inputs["functionName"], "Terminate"),
        },
    };
    private readonly world: World;
    private readonly runtime: FunctionRuntime;
    private readonly invoker: Invoker;
    private readonly functions = new Map<string, LambdaFunction>();
    private readonly mappings = new Map<string, Mapping>();
    private readonly loading = new Set<Promise<void>>();
    private deliveries: Deliveries = () => ONCE;

    constructor(world: World, runtime: FunctionRuntime) {
        this.world = world;
        this.runtime = runtime;
        this.invoker = new Invoker(world, runtime);
    }

    /** Settles when the code of every function is loaded. */
    async ready(): Promise<void> {
        while (this.loading.size > 0) await Promise.all(this.loading);
    }

    /** Ends the runtime. */
    async close(): Promise<void> {
        await this.runtime.close?.();
    }

    /** Calls `listener` with each line that a function logs. */
    onLog(listener: (line: LogLine) => void): void {
        const { onLog: earlier } = this.invoker;
        this.invoker.onLog = (line) => {
            earlier?.(line);
            listener(line);
        };
    }

    /** Has batches of streams delivered when `deliveries` says: late, twice, after others. */
    onBatch(deliveries: Deliveries): void {
        this.deliveries = deliveries;
    }

    /** Invoke with the type RequestResponse. The promise settles only while the clock runs, so never await it in an event. */
    invoke(functionName: string, event: unknown, caller: Caller): Promise<InvokeAnswer> {
        return new Promise((resolve) => {
            this.functionOf(functionName).invoke(event, caller, (outcome) => resolve(answerOf(outcome)));
        });
    }

    private createFunction(resource: Resource): void {
        const configuration = configurationOf(resource, this.world);
        this.checkReserved(configuration.reservedConcurrency ?? 0);
        const fn = new LambdaFunction(configuration, (target, event, caller, onEnd) => {
            this.authorize(target, caller);
            this.invoker.start(target, event, onEnd, { cause: caller.traceHeader });
        });
        this.world.register(fn.arn, fn);
        this.invoker.reserve(configuration.reservedConcurrency ?? 0);
        this.functions.set(fn.name, fn);
        this.load(fn);
    }

    private updateFunction(resource: Resource): void {
        const fn = this.functionOf(resource.outputs["name"]);
        const configuration = configurationOf(resource, this.world);
        const change = (configuration.reservedConcurrency ?? 0) - (fn.configuration.reservedConcurrency ?? 0);
        this.checkReserved(change);
        this.invoker.reserve(change);
        fn.configuration = configuration;
        this.load(fn);
    }

    private removeFunction({ outputs }: Resource): void {
        const name = String(outputs["name"]);
        const fn = this.functionOf(name);
        this.invoker.reserve(-(fn.configuration.reservedConcurrency ?? 0));
        this.functions.delete(name);
        this.world.unregister(fn.arn);
    }

    private checkReserved(change: number): void {
        const minimum = this.invoker.minimumUnreserved();
        if (change <= 0 || this.invoker.unreserved() - change >= minimum) return;
        throw invalid(
            `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${minimum}].`,
        );
    }

    private load(fn: LambdaFunction): void {
        const loaded = this.runtime.load(fn);
        if (!loaded) return;
        this.loading.add(loaded);
        const forget = (): boolean => this.loading.delete(loaded);
        loaded.then(forget, forget);
    }

    private addPermission(resource: Resource): void {
        const { inputs } = resource;
        const fn = this.functionOf(inputs["function"]);
        const principal = String(inputs["principal"]);
        const isService = principal.endsWith(".amazonaws.com");
        const { sourceArn, sourceAccount, principalOrgId } = inputs as Record<string, string | undefined>;
        const equals = {
            ...(sourceAccount !== undefined && { "AWS:SourceAccount": sourceAccount }),
            ...(principalOrgId !== undefined && { "aws:PrincipalOrgID": principalOrgId }),
        };
        const condition = {
            ...(Object.keys(equals).length > 0 && { StringEquals: equals }),
            ...(sourceArn !== undefined && { ArnLike: { "AWS:SourceArn": sourceArn } }),
        };
        fn.addStatement({
            Sid: statementId(resource),
            Effect: "Allow",
            Principal: principal === "*" ? "*" : isService ? { Service: principal } : { AWS: principal },
            Action: String(inputs["action"]),
            Resource: fn.arn,
            ...(Object.keys(condition).length > 0 && { Condition: condition }),
        });
    }

    private removePermission(resource: Resource): void {
        this.functionOf(resource.inputs["function"]).removeStatement(statementId(resource));
    }

    /** A service that calls as itself needs a permission. Other callers do not. */
    private authorize(fn: LambdaFunction, caller: Caller): void {
        if (!isServiceAlone(caller)) return;
        const request = requestOf(caller, this.world.account, "lambda:InvokeFunction", fn.arn);
        if (fn.policy && decide(fn.policy, request) === "allowed") return;
        throw new AwsError(
            "AccessDeniedException",
            `User: ${request.principal} is not authorized to perform: lambda:InvokeFunction on resource: ${fn.arn} because no resource-based policy allows the lambda:InvokeFunction action`,
            403,
        );
    }

    private invokeAsynchronously(input: InvokeInput, caller: Caller): { StatusCode: number } {
        const fn = this.functionOf(input.FunctionName);
        this.authorize(fn, caller);
        const type = input.InvocationType ?? "RequestResponse";
        if (type === "DryRun") return { StatusCode: 204 };
        if (type !== "Event") {
            throw new UnsupportedError(
                `lambda:Invoke with InvocationType ${type}: an operation answers at once and so cannot wait for a function; use Event, or LambdaFunction.invoke`,
            );
        }
        this.invoker.enqueue(fn, payloadOf(input.Payload), caller.traceHeader);
        return { StatusCode: 202 };
    }

    private getFunction(input: InvokeInput): object {
        const fn = this.functionOf(input.FunctionName);
        const { reservedConcurrency } = fn.configuration;
        return {
            Configuration: shown(fn),
            ...(reservedConcurrency !== undefined && {
                Concurrency: { ReservedConcurrentExecutions: reservedConcurrency },
            }),
        };
    }

    private createMapping(resource: Resource): void {
        const { inputs } = resource;
        const settings = settingsOf(inputs);
        const fn = this.functionOf(inputs["functionName"]);
        const uuid = uuidOf(resource) || this.world.random.uuid();
        const twin = [...this.mappings.values()].find(
            (mapping) => mapping.fn === fn && mapping.settings.eventSourceArn === settings.eventSourceArn,
        );
        if (twin) {
            throw new AwsError(
                "ResourceConflictException",
                `An event source mapping with event source arn ("${settings.eventSourceArn}") and function ("${fn.name}") already exists. Please update or delete the existing mapping with UUID ${twin.uuid}`,
                409,
            );
        }
        const { world, invoker } = this;
        const mappingArn = this.mappingArn(uuid);
        const deliveries: Deliveries = (to, records) => this.deliveries(to, records);
        const host = { world, invoker, fn, mappingArn, settings, deliveries };
        const service = settings.eventSourceArn.split(":")[2];
        const enabled = inputs["enabled"] !== false;
        if (service === "sqs") this.mappings.set(uuid, new QueueMapping(host, uuid, enabled));
        else if (service === "dynamodb") this.mappings.set(uuid, new StreamMapping(host, uuid, enabled));
        else
            throw new UnsupportedError(
                `lambda: an event source must be a queue or a table's stream, not ${settings.eventSourceArn}`,
            );
    }

    private reconfigureMapping(resource: Resource): void {
        const mapping = this.mapping(uuidOf(resource));
        const settings = settingsOf(resource.inputs);
        if (this.functionOf(resource.inputs["functionName"]) !== mapping.fn) {
            throw new UnsupportedError(
                "lambda: the function of an event source mapping cannot be changed once it exists",
            );
        }
        mapping.configure(settings);
        mapping.enabled = resource.inputs["enabled"] !== false;
        mapping.wake();
    }

    private removeMapping(resource: Resource): void {
        const uuid = uuidOf(resource);
        this.mapping(uuid).close();
        this.mappings.delete(uuid);
    }

    private getMapping({ UUID }: MappingInput): object {
        return this.describe(this.mapping(UUID));
    }

    private updateMapping(input: MappingInput): object {
        const mapping = this.mapping(input.UUID);
        const other = Object.keys(input).find((member) => !["UUID", "Enabled"].includes(member));
        if (other !== undefined)
            throw new UnsupportedError(`lambda:UpdateEventSourceMapping does not support ${other}`);
        if (typeof input["Enabled"] === "boolean") mapping.enabled = input["Enabled"];
        mapping.wake();
        return this.describe(mapping);
    }

    private listMappings(input: MappingInput): object {
        const { EventSourceArn: source, FunctionName: name } = input;
        const fn = name === undefined ? undefined : this.functionOf(name);
        const found = [...this.mappings.values()].filter(
            (mapping) =>
                (source === undefined || mapping.settings.eventSourceArn === source) &&
                (!fn || mapping.fn === fn),
        );
        return { EventSourceMappings: found.map((mapping) => this.describe(mapping)) };
    }

    private describe({ uuid, fn, settings, enabled }: Mapping): object {
        return {
            UUID: uuid,
            EventSourceMappingArn: this.mappingArn(uuid),
            EventSourceArn: settings.eventSourceArn,
            FunctionArn: fn.arn,
            State: enabled ? "Enabled" : "Disabled",
            BatchSize: settings.batchSize,
            MaximumBatchingWindowInSeconds: settings.windowSeconds,
            FunctionResponseTypes: settings.reportsItemFailures ? ["ReportBatchItemFailures"] : [],
        };
    }

    private setAsynchronous({ inputs }: Resource): void {
        const destinations = (inputs["destinationConfig"] ?? {}) as {
            onFailure?: { destination: string };
            onSuccess?: { destination: string };
        };
        this.functionOf(inputs["functionName"]).setAsynchronous({
            maximumRetryAttempts: inputs["maximumRetryAttempts"] as number | undefined,
            maximumEventAgeSeconds: inputs["maximumEventAgeInSeconds"] as number | undefined,
            onFailure: destinations.onFailure?.destination,
            onSuccess: destinations.onSuccess?.destination,
        });
    }

    private setRecursion(functionName: unknown, value: unknown): void {
        const fn = this.functionOf(functionName);
        if (value !== "Allow" && value !== "Terminate") {
            throw invalid(`recursiveLoop is ${String(value)}, expected Allow or Terminate.`);
        }
        fn.recursiveLoop = value;
    }

    private mapping(uuid: string | undefined): Mapping {
        const mapping = this.mappings.get(uuid ?? "");
        if (mapping) return mapping;
        throw new AwsError("ResourceNotFoundException", "The resource you requested does not exist.", 404);
    }

    private functionOf(reference: unknown): LambdaFunction {
        const text = String(reference);
        const name =
            /^(?:arn:[a-z-]+:lambda:[a-z0-9-]+:)?(?:\d{12}:function:|function:)?([\w-]+)(?::\$LATEST)?$/.exec(
                text,
            )?.[1];
        const fn = name === undefined ? undefined : this.functions.get(name);
        if (fn && (!text.startsWith("arn:") || text.startsWith(fn.arn))) return fn;
        throw functionNotFound(
            text.startsWith("arn:") ? text : arnIn(this.world, "lambda", `function:${text}`),
        );
    }

    private mappingArn(uuid: string): string {
        return arnIn(this.world, "lambda", `event-source-mapping:${uuid}`);
    }
}

function shown({ configuration }: LambdaFunction): object {
    return {
        FunctionName: configuration.name,
        FunctionArn: configuration.arn,
        ...(configuration.description !== undefined && { Description: configuration.description }),
        Role: configuration.roleArn,
        Runtime: configuration.runtime,
        Handler: configuration.handler,
        Timeout: configuration.timeoutSeconds,
        MemorySize: configuration.memorySize,
        Environment: { Variables: configuration.environment },
        LoggingConfig: { LogGroup: configuration.logGroup },
        PackageType: "Zip",
        Version: "$LATEST",
        State: "Active",
        LastUpdateStatus: "Successful",
    };
}

/** The answer of Invoke for an outcome. */
export function answerOf(outcome: InvocationOutcome): InvokeAnswer {
    return {
        StatusCode: 200,
        ExecutedVersion: "$LATEST",
        Payload: responsePayload(outcome),
        ...(outcome.kind === "failed" && { FunctionError: "Unhandled" }),
    };
}

function payloadOf(payload: string | Uint8Array | undefined): string {
    const text = typeof payload === "string" ? payload : Buffer.from(payload ?? []).toString("utf8");
    const size = Buffer.byteLength(text);
    if (size > MAX_EVENT_BYTES) {
        throw new AwsError(
            "RequestTooLargeException",
            `${size} byte payload is too large for the Event invocation type (limit ${MAX_EVENT_BYTES} bytes)`,
            413,
        );
    }
    if (text === "") return "{}";
    try {
        JSON.parse(text);
    } catch (error) {
        throw new AwsError(
            "InvalidRequestContentException",
            `Could not parse request body into json: ${(error as Error).message}`,
        );
    }
    return text;
}

function statementId({ inputs, outputs, name }: Resource): string {
    return (inputs["statementId"] ?? outputs["statementId"] ?? outputs["id"] ?? name) as string;
}

function uuidOf({ outputs }: Resource): string {
    return (outputs["uuid"] ?? outputs["id"] ?? "") as string;
}
