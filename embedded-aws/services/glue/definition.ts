/** The definition of a Glue job, in the members of Glue's API, and the checks of it. */
import { AwsError } from "../../service.ts";

/** A job's definition: the members of `Job` that are understood. */
export interface JobDefinition {
    readonly Description?: string;
    readonly Role: string;
    readonly Command: {
        readonly Name?: string;
        readonly ScriptLocation?: string;
        readonly PythonVersion?: string;
    };
    readonly DefaultArguments?: Readonly<Record<string, string>>;
    readonly NonOverridableArguments?: Readonly<Record<string, string>>;
    readonly ExecutionProperty?: { readonly MaxConcurrentRuns?: number };
    readonly MaxRetries?: number;
    readonly Timeout?: number;
    readonly GlueVersion?: string;
    readonly WorkerType?: string;
    readonly NumberOfWorkers?: number;
    readonly MaxCapacity?: number;
    readonly JobRunQueuingEnabled?: boolean;
    readonly ExecutionClass?: string;
    readonly JobMode?: string;
}

/** What a run may replace of its job. */
export type Capacity = Pick<JobDefinition, "WorkerType" | "NumberOfWorkers" | "MaxCapacity">;

/** The provider's inputs that make a definition. They have the names of the API's members in camelCase, except the role. */
export const DEFINITION_INPUTS = [
    "description",
    "roleArn",
    "command",
    "defaultArguments",
    "nonOverridableArguments",
    "executionProperty",
    "maxRetries",
    "timeout",
    "glueVersion",
    "workerType",
    "numberOfWorkers",
    "maxCapacity",
    "jobRunQueuingEnabled",
    "executionClass",
    "jobMode",
] as const;

/** The definition that a program declared. */
export function definitionOf(inputs: Readonly<Record<string, unknown>>): JobDefinition {
    const members = DEFINITION_INPUTS.flatMap((input): [string, unknown][] => {
        const value = inputs[input];
        if (value === undefined) return [];
        if (input === "roleArn") return [["Role", value]];
        const nested = input === "command" || input === "executionProperty";
        return [[pascal(input), nested ? pascalKeys(value as object) : value]];
    });
    return Object.fromEntries(members) as unknown as JobDefinition;
}

/** Throws what Glue answers to CreateJob and UpdateJob. */
export function checkDefinition(name: string, definition: JobDefinition): void {
    // As AWS's pattern for names says: 1 to 255 characters on one line.
    if (name.length < 1 || name.length > 255 || /[\r\n]/.test(name))
        throw invalidInput(`Invalid job name: ${name}`);
    const {
        Command,
        MaxRetries = 0,
        Timeout,
        ExecutionProperty,
        DefaultArguments,
        NonOverridableArguments,
    } = definition;
    if (!COMMANDS.includes(Command.Name ?? "glueetl")) {
        throw invalidInput(`Command name is ${String(Command.Name)}, expected one of ${COMMANDS.join(", ")}`);
    }
    if (!Command.ScriptLocation?.startsWith("s3://")) {
        throw invalidInput(`ScriptLocation is ${String(Command.ScriptLocation)}, expected s3://bucket/key`);
    }
    checkWhole("MaxRetries", MaxRetries, 0, 10);
    checkTimeout(Timeout);
    checkWhole("MaxConcurrentRuns", ExecutionProperty?.MaxConcurrentRuns ?? 1, 1, Infinity);
    checkArguments(DefaultArguments ?? {});
    checkArguments(NonOverridableArguments ?? {});
    checkCapacity(definition);
    const { MaxCapacity } = definition;
    if (
        Command.Name === "pythonshell" &&
        MaxCapacity !== undefined &&
        MaxCapacity !== 0.0625 &&
        MaxCapacity !== 1
    ) {
        throw invalidInput(`MaxCapacity of a Python shell job is ${MaxCapacity}, expected 0.0625 or 1`);
    }
}

/** Glue Developer Guide, "Jobs": "less than 7 days or 10080 minutes". */
export function checkTimeout(minutes: number | undefined): void {
    if (minutes !== undefined) checkWhole("Timeout", minutes, 1, 10_080);
}

/** Arguments are a map of strings. */
export function checkArguments(given: Readonly<Record<string, unknown>>): void {
    for (const [name, value] of Object.entries(given)) {
        if (typeof value === "string") continue;
        throw invalidInput(`Argument ${name} is ${JSON.stringify(value)}, expected a string`);
    }
}

/** Glue Developer Guide, "Jobs": either MaxCapacity or WorkerType and NumberOfWorkers together. */
export function checkCapacity({ WorkerType, NumberOfWorkers, MaxCapacity }: Capacity): void {
    if (MaxCapacity !== undefined && (WorkerType !== undefined || NumberOfWorkers !== undefined)) {
        throw invalidInput("Please set only Max Capacity, or Worker Type and Number of Workers.");
    }
    if ((WorkerType === undefined) !== (NumberOfWorkers === undefined)) {
        throw invalidInput("Please set both Worker Type and Number of Workers.");
    }
    if (WorkerType !== undefined && WORKER_DPUS[WorkerType] === undefined)
        throw invalidInput(`Worker Type ${WorkerType} is not known`);
    if (NumberOfWorkers !== undefined) checkWhole("NumberOfWorkers", NumberOfWorkers, 1, 299);
}

/** Data processing units, by which Glue bills. */
export function capacityOf(definition: JobDefinition, own: Capacity = {}): number {
    const { WorkerType, NumberOfWorkers, MaxCapacity } = Object.keys(own).length > 0 ? own : definition;
    if (MaxCapacity !== undefined) return MaxCapacity;
    if (WorkerType !== undefined) return (WORKER_DPUS[WorkerType] ?? 1) * (NumberOfWorkers ?? 1);
    return definition.Command.Name === "pythonshell" ? 0.0625 : 10;
}

/** Glue Developer Guide, "Jobs": what a job has that names none. */
export const DEFAULT_GLUE_VERSION = "5.1";

/** Minutes. Glue Developer Guide, "Jobs": 480 from Glue 5.0 on, 2,880 before. */
export function timeoutOf({ Timeout, GlueVersion = DEFAULT_GLUE_VERSION }: JobDefinition): number {
    return Timeout ?? (Number(GlueVersion) >= 5 ? 480 : 2880);
}

export function invalidInput(message: string): AwsError {
    return new AwsError("InvalidInputException", message);
}

const COMMANDS = ["glueetl", "pythonshell", "gluestreaming", "glueray"];

/** Glue Developer Guide, "Jobs", WorkerType. */
const WORKER_DPUS: Readonly<Record<string, number>> = {
    Standard: 1,
    "G.025X": 0.25,
    "G.1X": 1,
    "G.2X": 2,
    "G.4X": 4,
    "G.8X": 8,
    "G.12X": 12,
    "G.16X": 16,
    "R.1X": 1,
    "R.2X": 2,
    "R.4X": 4,
    "R.8X": 8,
    "Z.2X": 2,
};

function checkWhole(name: string, value: number, low: number, high: number): void {
    if (Number.isInteger(value) && value >= low && value <= high) return;
    throw invalidInput(
        `${name} is ${value}, expected a whole number from ${low}${high === Infinity ? "" : ` to ${high}`}`,
    );
}

function pascal(name: string): string {
    return name.charAt(0).toUpperCase() + name.slice(1);
}

function pascalKeys(value: object): object {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [pascal(key), entry as unknown]));
}
