/** What a deployed stack has used of AWS: CloudWatch's metrics of its resources, a sample of its executions, and its Glue runs. */
import { DescribeAlarmsCommand, GetMetricStatisticsCommand } from "@aws-sdk/client-cloudwatch";
import { GetJobRunsCommand } from "@aws-sdk/client-glue";
import type { JobRun } from "@aws-sdk/client-glue";
import { GetFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import { METRIC, NAMESPACE } from "../../../functions/lib/metrics.ts";
import { eventsBackwards } from "../../../functions/reaper/executions.ts";
import { readPool } from "../pool.ts";
import type { Session } from "../session.ts";
import { unlessDenied } from "../session.ts";
import { latestEnded } from "../ui/ended.ts";

export interface Used {
    /** Milliseconds since 1970: since when the stack is seen to live, at most so long as was asked for; and until when. */
    readonly from: number;
    readonly to: number;
    readonly executions: number;
    /** Of an execution, on average over the sample; undefined without one. */
    readonly transitions: number | undefined;
    /** Executions in the sample. */
    readonly sample: number;
    readonly readUnits: number;
    readonly writeUnits: number;
    readonly invocations: number;
    readonly gigabyteSeconds: number;
    readonly logBytes: number;
    readonly alarms: number;
    /** Metrics of the functions that had a value. */
    readonly metrics: number;
    readonly runs: number;
    /** Undefined where the capacity of a run is not known. */
    readonly dpuHours: number | undefined;
    /** Whether all runs of the time were read. */
    readonly hasAllRuns: boolean;
    /** Metrics that were asked for: CloudWatch charges for them. */
    readonly asked: number;
}

const HOUR = 3_600_000;

/** Executions whose history is read. */
const SAMPLE = 20;

/** GetJobRuns: so many on a page, and pages at most. */
const PAGE = 200;
const PAGES = 25;

/** Glue charges a minute at least (AWS Glue pricing). */
const LEAST_SECONDS = 60;

/** @param days how far it looks back */
export async function readUsed(session: Session, days: number): Promise<Used> {
    const { operator } = session;
    // Without the table there is no stack; and its answer shows the time at AWS.
    const { now } = await readPool(session);
    // CloudWatch adds up whole hours; the last one is not over.
    const end = Math.floor(now / HOUR) * HOUR + HOUR;
    const since = end - days * 24 * HOUR;
    const meter = new Meter(session, since, end);
    const functions = Object.values(operator.functions);
    const [read, write, executions, lambda, metrics, alarms, sample, glue] = await Promise.all([
        meter.sum("AWS/DynamoDB", "ConsumedReadCapacityUnits", { TableName: operator.tableName }),
        meter.sum("AWS/DynamoDB", "ConsumedWriteCapacityUnits", { TableName: operator.tableName }),
        meter.sum("AWS/States", "ExecutionsStarted", { StateMachineArn: operator.stateMachineArn }),
        Promise.all(functions.map((name) => usedByFunction(session, meter, name))),
        meter.withValues(),
        countAlarms(session),
        sampleTransitions(session, since),
        usedByGlue(session, since),
    ]);
    const add = (pick: (one: (typeof lambda)[number]) => number): number =>
        lambda.reduce((sum, one) => sum + pick(one), 0);
    return {
        from: Math.max(since, meter.first ?? end - HOUR),
        to: now,
        readUnits: read,
        writeUnits: write,
        executions,
        transitions: sample.length === 0 ? undefined : sample.reduce((sum, n) => sum + n, 0) / sample.length,
        sample: sample.length,
        invocations: add(({ invocations }) => invocations),
        gigabyteSeconds: add(({ gigabyteSeconds }) => gigabyteSeconds),
        logBytes: add(({ logBytes }) => logBytes),
        alarms,
        metrics,
        ...glue,
        asked: meter.asked,
    };
}

/** Adds up metrics of a time by the hour, which CloudWatch keeps for 455 days. */
class Meter {
    /** The first hour in which anything was used. */
    first: number | undefined;
    asked = 0;
    private readonly session: Session;
    private readonly since: number;
    private readonly to: number;

    constructor(session: Session, since: number, to: number) {
        this.session = session;
        this.since = since;
        this.to = to;
    }

    async sum(
        Namespace: string,
        MetricName: string,
        dimensions: Readonly<Record<string, string>>,
    ): Promise<number> {
        const points = await this.points(Namespace, MetricName, dimensions);
        for (const [time] of points) this.first = Math.min(this.first ?? time, time);
        return points.reduce((sum, [, value]) => sum + value, 0);
    }

    /** How many of the functions' metrics had a value. */
    async withValues(): Promise<number> {
        const { tableName: table, pool } = this.session.operator;
        const found = await Promise.all(
            Object.values(METRIC).map((name) => this.points(NAMESPACE, name, { table, pool })),
        );
        return found.filter((points) => points.length > 0).length;
    }

    private async points(
        Namespace: string,
        MetricName: string,
        dimensions: Readonly<Record<string, string>>,
    ): Promise<(readonly [time: number, sum: number])[]> {
        this.asked++;
        const { cloudwatch } = await this.session.aws.others();
        const { Datapoints = [] } = await cloudwatch.send(
            new GetMetricStatisticsCommand({
                Namespace,
                MetricName,
                Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
                StartTime: new Date(this.since),
                EndTime: new Date(this.to),
                Period: HOUR / 1000,
                Statistics: ["Sum"],
            }),
        );
        return Datapoints.map(({ Timestamp, Sum = 0 }) => [Timestamp?.getTime() ?? this.to, Sum] as const);
    }
}

async function usedByFunction({ aws }: Session, meter: Meter, FunctionName: string) {
    const { lambda } = await aws.others();
    const { MemorySize = 128, LoggingConfig } = await lambda.send(
        new GetFunctionConfigurationCommand({ FunctionName }),
    );
    const LogGroupName = LoggingConfig?.LogGroup ?? `/aws/lambda/${FunctionName}`;
    const [invocations, millis, logBytes] = await Promise.all([
        meter.sum("AWS/Lambda", "Invocations", { FunctionName }),
        meter.sum("AWS/Lambda", "Duration", { FunctionName }),
        meter.sum("AWS/Logs", "IncomingBytes", { LogGroupName }),
    ]);
    return { invocations, gigabyteSeconds: ((millis / 1000) * MemorySize) / 1024, logBytes };
}

/** The alarms that tell the stack's topic. It may serve other stacks, too: their alarms are counted with it. */
async function countAlarms({ aws, operator }: Session): Promise<number> {
    const { alarmTopicArn: ActionPrefix } = operator;
    if (ActionPrefix === undefined) return 0;
    const { cloudwatch } = await aws.others();
    let [alarms, NextToken]: [number, string | undefined] = [0, undefined];
    do {
        const input: ConstructorParameters<typeof DescribeAlarmsCommand>[0] = {
            ActionPrefix,
            ...(NextToken !== undefined && { NextToken }),
        };
        const answer: { MetricAlarms?: unknown[] | undefined; NextToken?: string | undefined } =
            await cloudwatch.send(new DescribeAlarmsCommand(input));
        alarms += answer.MetricAlarms?.length ?? 0;
        NextToken = answer.NextToken;
    } while (NextToken !== undefined);
    return alarms;
}

/** Transitions of the executions that ended last. */
async function sampleTransitions(session: Session, since: number): Promise<number[]> {
    const rows = await latestEnded(session, since, SAMPLE);
    const counted = await Promise.all(
        rows
            .filter(({ execution }) => execution !== "")
            .map(({ execution }) =>
                unlessDenied(
                    session,
                    "states:GetExecutionHistory",
                    execution,
                    transitionsOf(session, execution),
                ),
            ),
    );
    return counted.filter((each) => each !== undefined);
}

/** Step Functions charges for each state that is entered, also again after an error (AWS Step Functions pricing). */
async function transitionsOf({ aws }: Session, execution: string): Promise<number> {
    let transitions = 0;
    for await (const event of eventsBackwards({ ...aws, ...NO_PLATFORM }, execution))
        if (event.stateEnteredEventDetails) transitions++;
    return transitions;
}

const NO_PLATFORM = {
    env: {},
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    metrics: () => undefined,
};

async function usedByGlue(
    session: Session,
    since: number,
): Promise<Pick<Used, "runs" | "dpuHours" | "hasAllRuns">> {
    const { aws, operator } = session;
    const { jobName: JobName } = operator;
    const found: JobRun[] = [];
    let NextToken: string | undefined;
    for (let page = 0; page < PAGES; page++) {
        const input = { JobName, MaxResults: PAGE, ...(NextToken !== undefined && { NextToken }) };
        const answer = await unlessDenied(
            session,
            "glue:GetJobRuns",
            JobName,
            aws.glue.send(new GetJobRunsCommand(input)),
        );
        if (!answer) return { runs: 0, dpuHours: undefined, hasAllRuns: false };
        const runs = answer.JobRuns ?? [];
        found.push(...runs.filter(({ StartedOn }) => (StartedOn?.getTime() ?? 0) >= since));
        ({ NextToken } = answer);
        const isPast = (runs.at(-1)?.StartedOn?.getTime() ?? 0) < since;
        if (NextToken === undefined || isPast) {
            NextToken = undefined;
            break;
        }
    }
    const hours = found.map(dpuHoursOf);
    return {
        runs: found.length,
        dpuHours: hours.every((each) => each !== undefined)
            ? hours.reduce((sum, n) => sum + n, 0)
            : undefined,
        hasAllRuns: NextToken === undefined,
    };
}

/** Glue API Reference, "JobRun": `DPUSeconds` is there for runs that scale by themselves. */
function dpuHoursOf({ DPUSeconds, ExecutionTime = 0, MaxCapacity }: JobRun): number | undefined {
    if (DPUSeconds !== undefined) return DPUSeconds / 3600;
    if (MaxCapacity === undefined) return undefined;
    return ExecutionTime === 0 ? 0 : (Math.max(LEAST_SECONDS, ExecutionTime) * MaxCapacity) / 3600;
}
