/**
 * Recognizes bodies that another service or program wrote, and says how to send what is in them. The shapes are those of
 * their documentation: Amazon S3 User Guide, "Event message structure"; Amazon SNS Developer Guide, "HTTP/HTTPS notification
 * JSON format"; Amazon EventBridge User Guide, "AWS service event metadata"; Lambda Developer Guide, "Using Lambda with
 * Amazon SQS"; Glue API, "StartJobRun"; CloudEvents 1.0, "JSON Event Format"; Airflow's REST API and GlueJobOperator.
 */
import { show } from "./words.ts";

type Members = Readonly<Record<string, unknown>>;

/** What each envelope is and what to do about it, with the function that recognizes it. The first that fits counts. */
const ENVELOPES: readonly (readonly [is: (body: Members) => boolean, advice: string | Advice])[] = [
    [
        (body) => text(body["Type"]) === "Notification" && "TopicArn" in body && "Message" in body,
        "an SNS notification: turn on raw message delivery for the subscription",
    ],
    [
        (body) => sourceOfRecords(body) === "aws:s3" || text(body["Event"]) === "s3:TestEvent",
        "an S3 event notification: let S3 send its events to EventBridge, and let a rule's input transformer write the body",
    ],
    [
        (body) => "detail-type" in body && "detail" in body && "source" in body,
        "an EventBridge event: give the rule's target an input transformer that writes the body",
    ],
    [
        (body) => sourceOfRecords(body) !== "",
        (body) =>
            `records of ${quoted(sourceOfRecords(body))}: send what is in each of them as a message of its own`,
    ],
    [
        (body) => text(body["eventSource"]).startsWith("aws:"),
        (body) =>
            `a record of ${quoted(text(body["eventSource"]))}: give the pipe's target an input template that writes the body`,
    ],
    [
        (body) => "JobName" in body || "Arguments" in body,
        `a request of Glue's StartJobRun: send its Arguments as "arguments", and no JobName`,
    ],
    [
        (body) => "specversion" in body && "source" in body && "type" in body,
        "a CloudEvent: send only the job's arguments",
    ],
    [
        (body) => "conf" in body && ("dag_run_id" in body || "dag_id" in body || "logical_date" in body),
        `a DAG run of Airflow: send its conf as "arguments"`,
    ],
    [
        (body) => "script_args" in body,
        `the parameters of Airflow's GlueJobOperator: send its script_args as "arguments"`,
    ],
];

type Advice = (body: Members) => string;

/** A sentence about what a refused body looks like; undefined if it looks like nothing known. */
export function envelopeHint(body: unknown): string | undefined {
    if (typeof body === "string") return isJsonObject(body) ? looksLike(TWICE) : undefined;
    if (!isObject(body)) return undefined;
    const advice = ENVELOPES.find(([is]) => is(body))?.[1];
    return advice && looksLike(typeof advice === "string" ? advice : advice(body));
}

/** The same of a body that is not JSON. */
export function notJsonHint(body: string): string | undefined {
    return /^\s*\{\s*'/.test(body) ? looksLike(PYTHON) : undefined;
}

const TWICE = "JSON that was encoded twice: encode it once";
const PYTHON = "a Python dict: write the body with json.dumps (in Airflow's templates, with tojson)";

function looksLike(what: string): string {
    return `This looks like ${what}.`;
}

/** Where the first of several records comes from, as an event of Lambda's says: `aws:s3`; empty if there is none. */
function sourceOfRecords({ Records: records }: Members): string {
    const first: unknown = Array.isArray(records) ? records[0] : undefined;
    if (!isObject(first)) return "";
    const source = text(first["eventSource"] ?? first["EventSource"]);
    return source.startsWith("aws:") ? source : "";
}

function isObject(value: unknown): value is Members {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
    return typeof value === "string" ? value : "";
}

function quoted(source: string): string {
    return /^[\w:-]{1,40}$/.test(source) ? source : show(source);
}

function isJsonObject(body: string): boolean {
    if (!/^\s*\{/.test(body)) return false;
    try {
        return isObject(JSON.parse(body));
    } catch {
        return false;
    }
}
