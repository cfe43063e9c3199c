/** What event source mappings have in common: their settings, filters, and how a function reports failed items. */
import type { World } from "../../service.ts";
import type { StreamRecord } from "../dynamodb/index.ts";
import { compile, type Matcher } from "../events/index.ts";
import { invalid } from "./errors.ts";
import type { LambdaFunction } from "./function.ts";
import type { Invoker } from "./invoker.ts";

export interface MappingSettings {
    readonly eventSourceArn: string;
    readonly batchSize: number;
    readonly windowSeconds: number;
    readonly filters: readonly string[];
    readonly reportsItemFailures: boolean;
    /** Queues. */
    readonly maximumConcurrency: number | undefined;
    /** For streams, from here on. -1: no limit. */
    readonly maximumRetryAttempts: number;
    readonly maximumRecordAgeSeconds: number;
    readonly bisects: boolean;
    readonly parallelization: number;
    readonly startingPosition: string | undefined;
    readonly onFailure: string | undefined;
}

/**
 * When a batch of a stream's records is delivered: milliseconds from now, one number for each time. Lambda delivers a batch at
 * least once; `[0]` is a good day.
 */
export type Deliveries = (fn: LambdaFunction, records: readonly StreamRecord[]) => readonly number[];

/** What a mapping works with. */
export interface MappingHost {
    readonly world: World;
    readonly invoker: Invoker;
    readonly fn: LambdaFunction;
    readonly mappingArn: string;
    readonly settings: MappingSettings;
    readonly deliveries: Deliveries;
}

/** Reads a source and invokes a function with what it finds. */
export interface Mapping {
    readonly settings: MappingSettings;
    readonly fn: LambdaFunction;
    readonly uuid: string;
    enabled: boolean;
    /** Looks at the source again. Is called when the mapping was enabled, and when there is something new. */
    wake(): void;
    /** Uses other settings from the next batch on. The source stays the same. */
    configure(settings: MappingSettings): void;
    /** Ends the mapping. */
    close(): void;
}

/** Lambda Developer Guide, "Lambda quotas": the payload of a synchronous invocation. */
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;

export const MAPPING_INPUTS: readonly string[] = [
    "functionName",
    "eventSourceArn",
    "enabled",
    "batchSize",
    "maximumBatchingWindowInSeconds",
    "filterCriteria",
    "functionResponseTypes",
    "scalingConfig",
    "startingPosition",
    "parallelizationFactor",
    "maximumRetryAttempts",
    "maximumRecordAgeInSeconds",
    "bisectBatchOnFunctionError",
    "destinationConfig",
    "metricsConfig",
    "tags",
];

const STREAM_INPUTS = [
    "startingPosition",
    "parallelizationFactor",
    "maximumRetryAttempts",
    "maximumRecordAgeInSeconds",
    "bisectBatchOnFunctionError",
    "destinationConfig",
];

/** Reads a declared mapping. Throws what CreateEventSourceMapping would for values out of range. */
export function settingsOf(inputs: Readonly<Record<string, unknown>>): MappingSettings {
    const eventSourceArn = String(inputs["eventSourceArn"]);
    const isQueue = eventSourceArn.split(":")[2] === "sqs";
    const foreign = (isQueue ? STREAM_INPUTS : ["scalingConfig"]).find(
        (input) => inputs[input] !== undefined,
    );
    if (foreign !== undefined)
        throw invalid(`Unsupported ${foreign} parameter for given event source mapping type.`);
    const isFifo = isQueue && eventSourceArn.endsWith(".fifo");
    const batchSize = range(inputs, "batchSize", 1, isFifo ? 10 : 10_000, isQueue ? 10 : 100);
    const windowSeconds = range(inputs, "maximumBatchingWindowInSeconds", 0, 300, 0);
    if (isFifo && windowSeconds > 0) throw invalid("Batching window is not supported for FIFO queues.");
    if (isQueue && batchSize > 10 && windowSeconds === 0) {
        throw invalid(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
        );
    }
    const scaling = (inputs["scalingConfig"] ?? {}) as Record<string, unknown>;
    const isScaled = scaling["maximumConcurrency"] !== undefined;
    const age = inputs["maximumRecordAgeInSeconds"];
    const destination = inputs["destinationConfig"] as { onFailure?: { destinationArn: string } } | undefined;
    const onFailure = destination?.onFailure?.destinationArn;
    // "Lambda parameters for Amazon DynamoDB event source mappings": standard queues and topics only.
    if (onFailure?.endsWith(".fifo")) throw invalid(`The destination ${onFailure} must not be FIFO.`);
    return {
        eventSourceArn,
        batchSize,
        windowSeconds,
        filters: filtersOf(inputs["filterCriteria"] as FilterCriteria | undefined),
        reportsItemFailures: responseTypes(inputs["functionResponseTypes"]).includes(
            "ReportBatchItemFailures",
        ),
        maximumConcurrency: isScaled ? range(scaling, "maximumConcurrency", 2, 1000, 0) : undefined,
        maximumRetryAttempts: range(inputs, "maximumRetryAttempts", -1, 10_000, -1),
        maximumRecordAgeSeconds:
            age === -1 ? -1 : range(inputs, "maximumRecordAgeInSeconds", 60, 604_800, -1),
        bisects: inputs["bisectBatchOnFunctionError"] === true,
        parallelization: range(inputs, "parallelizationFactor", 1, 10, 1),
        startingPosition: inputs["startingPosition"] as string | undefined,
        onFailure,
    };
}

/** How many records fit into the payload of one invocation. At least one. */
export function countThatFits(records: readonly object[]): number {
    if (records.length === 1) return 1;
    let bytes = Buffer.byteLength('{"Records":[]}');
    const tooMany = records.findIndex((record) => {
        bytes += Buffer.byteLength(JSON.stringify(record)) + 1;
        return bytes > MAX_PAYLOAD_BYTES;
    });
    return tooMany === -1 ? records.length : Math.max(1, tooMany);
}

interface FilterCriteria {
    readonly filters?: readonly { readonly pattern?: string }[];
}

function filtersOf(criteria: FilterCriteria | undefined): string[] {
    const filters = (criteria?.filters ?? []).map(({ pattern }) => pattern ?? "{}");
    // Lambda Developer Guide, "Control which events Lambda sends to your function": five, ten on request, 4096 characters.
    if (filters.length > 5) throw invalid(`Filter criteria may have up to 5 filters, not ${filters.length}.`);
    for (const filter of filters) {
        if (filter.length > 4096) throw invalid("A filter pattern may have up to 4096 characters.");
        compile(filter, "lambda");
    }
    return filters;
}

function responseTypes(value: unknown): readonly unknown[] {
    const types = (value ?? []) as readonly unknown[];
    const other = types.find((type) => type !== "ReportBatchItemFailures");
    if (other === undefined) return types;
    throw invalid(
        `Invalid function response type ${JSON.stringify(other)}, expected ReportBatchItemFailures.`,
    );
}

function range(
    inputs: Readonly<Record<string, unknown>>,
    name: string,
    low: number,
    high: number,
    byDefault: number,
): number {
    const value = inputs[name];
    if (value === undefined || value === null) return byDefault;
    const number = Number(value);
    if (Number.isInteger(number) && number >= low && number <= high) return number;
    throw invalid(`${name} is ${JSON.stringify(value)}, expected a whole number from ${low} to ${high}.`);
}

/** A matcher that passes what any of the filters passes. Undefined: there are no filters, and everything passes. */
export function matcherOf(filters: readonly string[]): Matcher | undefined {
    if (filters.length === 0) return undefined;
    const matchers = filters.map((filter) => compile(filter, "lambda"));
    return (event) => matchers.some((matches) => matches(event));
}

/**
 * The ids of a batch that a function reported as failed (Lambda Developer Guide, "Implementing partial batch responses"
 * for queues and "Configuring partial batch response" for streams). No list or an empty one means that all succeeded.
 * An answer that is not such an object, an item without an id, or an id that is not in the batch means that all failed.
 */
export function failuresOf(payload: unknown, ids: readonly string[]): ReadonlySet<string> {
    if (payload === null || payload === undefined) return new Set();
    const all = new Set(ids);
    if (typeof payload !== "object" || Array.isArray(payload)) return all;
    const items = (payload as { batchItemFailures?: unknown }).batchItemFailures;
    if (items === null || items === undefined) return new Set();
    if (!Array.isArray(items)) return all;
    const failed = new Set<string>();
    for (const item of items as readonly unknown[]) {
        const id = (item as { itemIdentifier?: unknown } | null)?.itemIdentifier;
        if (typeof id !== "string" || !all.has(id)) return all;
        failed.add(id);
    }
    return failed;
}
