/** Whether the three functions are there, called, in time, and of one release with the rest of the stack. */
import { GetMetricStatisticsCommand } from "@aws-sdk/client-cloudwatch";
import { GetFunctionConfigurationCommand, ListEventSourceMappingsCommand } from "@aws-sdk/client-lambda";
import { DescribeStateMachineCommand } from "@aws-sdk/client-sfn";
import { versionIn, VERSION } from "../../../workflow/version.ts";
import { duration, plural } from "../../lib/format.ts";
import { readQueue } from "../pool.ts";
import type { Session } from "../session.ts";
import { fail, ok, warn } from "./finding.ts";
import type { Finding } from "./finding.ts";

/** The dispatcher's alarm goes off at this lag of the stream. Milliseconds. */
const MAX_LAG = 120_000;

/** So far back the lag is looked for: milliseconds. */
const LAG_WINDOW = 600_000;

/** Each function's event source mapping: without it nothing calls the function in time. */
export async function mappings({ aws, operator }: Session): Promise<Finding[]> {
    const { lambda } = await aws.others();
    const found: Finding[] = [];
    for (const [role, FunctionName] of Object.entries(operator.functions)) {
        const { EventSourceMappings = [] } = await lambda.send(
            new ListEventSourceMappingsCommand({ FunctionName }),
        );
        const check = `${role}-mapping`;
        if (EventSourceMappings.length === 0)
            found.push(
                fail(check, `nothing calls the ${role}: its event source mapping is gone`, "npm run up"),
            );
        for (const { UUID = "", State = "", LastProcessingResult = "" } of EventSourceMappings) {
            const mend = `aws lambda update-event-source-mapping --uuid ${UUID} --enabled`;
            if (/^(Disabl|Delet)/.test(State))
                found.push(
                    fail(check, `nothing calls the ${role}: its event source mapping is ${State}`, mend),
                );
            else if (LastProcessingResult.startsWith("PROBLEM"))
                found.push(fail(check, `the ${role}'s mapping: ${LastProcessingResult}`, "look at its log"));
            else found.push(ok(check, State));
        }
    }
    return found;
}

/** The functions' states, and the releases of all parts. */
export async function releases(session: Session): Promise<Finding[]> {
    const { aws, operator } = session;
    const { lambda } = await aws.others();
    const versions: Record<string, string> = { stack: operator.version ?? "unknown" };
    const found: Finding[] = [];
    for (const [role, FunctionName] of Object.entries(operator.functions)) {
        const read = new GetFunctionConfigurationCommand({ FunctionName });
        const { Description, State = "", LastUpdateStatus = "", StateReason = "" } = await lambda.send(read);
        versions[role] = versionIn(Description) ?? "unknown";
        if (State === "Failed" || LastUpdateStatus === "Failed")
            found.push(
                fail("functions", `the ${role} cannot run: ${State} ${StateReason}`.trim(), "npm run up"),
            );
    }
    const machine = new DescribeStateMachineCommand({ stateMachineArn: operator.stateMachineArn });
    versions["definition"] = versionIn(commentOf((await aws.sfn.send(machine)).definition)) ?? "unknown";
    const different = new Set(Object.values(versions));
    const listed = Object.entries(versions).map(([part, version]) => `${part} ${version}`);
    if (different.size > 1) {
        const text = `the parts are of different releases: ${listed.join(", ")}`;
        found.push(fail("releases", text, "npm run up; then make the operator file again"));
    } else if (!different.has(VERSION)) {
        const text = `the stack is of release ${versions["stack"] ?? ""}, these commands are of ${VERSION}`;
        found.push(warn("releases", text, "use the commands of the stack's release, or npm run up"));
    } else found.push(ok("releases", `all parts are of release ${VERSION}`));
    return found;
}

function commentOf(definition = "{}"): string | undefined {
    return (JSON.parse(definition) as { Comment?: string }).Comment;
}

/** How late the dispatcher hears of the table's changes. */
export async function streamLag({ aws, operator }: Session): Promise<Finding[]> {
    const { cloudwatch } = await aws.others();
    const now = aws.now();
    const { Datapoints = [] } = await cloudwatch.send(
        new GetMetricStatisticsCommand({
            Namespace: "AWS/Lambda",
            MetricName: "IteratorAge",
            Dimensions: [{ Name: "FunctionName", Value: operator.functions.dispatcher }],
            StartTime: new Date(now - LAG_WINDOW),
            EndTime: new Date(now),
            Period: 60,
            Statistics: ["Maximum"],
        }),
    );
    const lag = Math.max(0, ...Datapoints.map(({ Maximum = 0 }) => Maximum));
    const text = `the dispatcher heard of changes within ${duration(lag / 1000)} in the last 10 min`;
    if (lag <= MAX_LAG) return [ok("stream-lag", text)];
    return [fail("stream-lag", text, "see whether Lambda throttles the dispatcher, and its log")];
}

/** What the reaper has given up on. */
export async function reaperLetters(session: Session): Promise<Finding[]> {
    const queue = await readQueue(session, session.operator.reaperDeadLetterQueueUrl);
    if (!queue) return [];
    const left = queue.visible + queue.inFlight;
    if (left === 0) return [ok("reaper", "has given up on nothing")];
    const text = `the reaper has given up on ${plural(left, "message")} of its own`;
    return [fail("reaper", text, "its log says why; then move them back to its queue")];
}
