/**
 * What the workflow remembers of a failure, as JSONata: its variables `$failure`, `$run` and `$completedOn`. A failure of
 * `Run job` carries Glue's run in its cause, if the run existed; nothing else tells how the job ended.
 */
import { VERDICT } from "../slots/breaker.ts";
import { LACKS_CAPACITY, NO_RUN, TERMINAL_STATES } from "../slots/completion.ts";
import { expression } from "./asl.ts";
import type { Assign } from "./asl.ts";
import { JOB_MISSING, REFUSED_FOR_NOW, THROTTLED } from "./errors.ts";

/** What Glue's message says of a run that it accepted and could not give workers. */
const CAPACITY = `/${LACKS_CAPACITY}/i`;

/** Whether the failure is one that no further attempt helps: an expression. */
export const PERMANENT = {
    yes: "true",
    no: "false",
    ifJobMissing: `$states.errorOutput.Error in ${JSON.stringify(JOB_MISSING)}`,
} as const;

/** Remembers a failure of `Run job`, with what its cause shows of the run. */
export function rememberFailure(permanent: string): Assign {
    // A timeout has no cause (it is null); `$type` of nothing is nothing.
    const cause = "($type($states.errorOutput.Cause) = 'string' ? $states.errorOutput.Cause : '')";
    const found = (pattern: string, otherwise = ""): string =>
        `($found := $match(${cause}, ${pattern}); $exists($found) ? $found[0].groups[0] : '${otherwise}')`;
    const state = found(`/"JobRunState":\\s*"(${TERMINAL_STATES.join("|")})"/`);
    // Bounded: Java's engine recurses for a group that repeats, and an overflow here would end the execution.
    const message = `$replace(${found(`/"ErrorMessage":\\s*"([^\\\\"]{0,1000}(?:\\\\.[^\\\\"]{0,1000}){0,100})/`)}, '\\\\"', '"')`;
    const isThrottled = `$name in ${JSON.stringify(THROTTLED)} and $contains(${cause}, /rate exceeded|throttl/i)`;
    const isRefused = `$name in ${JSON.stringify(REFUSED_FOR_NOW)} or (${isThrottled})`;
    const fields = {
        error: "$name",
        cause: clean(`$message != '' ? $message : (${causeWithoutMessage(cause)})`),
        state: "$state",
        permanent,
        // Glue refused the start for now, as far as its answer shows.
        isRefused: `(${isRefused})`,
        // Glue answered with an error: a start that is in flight all the same shows soon.
        isAnswered: `(${isRefused} or $name in ${JSON.stringify(JOB_MISSING)})`,
        // The run was accepted and ended for lack of capacity: no fault of the job.
        isCapacity: `($state = 'FAILED' and $contains($message, ${CAPACITY}))`,
    };
    const object = Object.entries(fields).map(([name, value]) => `'${name}': ${value}`);
    return {
        failure: expression(
            `($name := $states.errorOutput.Error; $message := ${message}; $state := ${state}; {${object.join(", ")}})`,
        ),
        isDone: false,
        run: expression(found(`/"Id":\\s*"([^"]+)"/`, NO_RUN)),
        completedOn: expression(
            `($at := ${found(`/"CompletedOn":\\s*([0-9]+)/`)}; $at = '' ? 0 : $number($at))`,
        ),
    };
}

/**
 * The cause of a failure whose run left no message. A run would be shown whole, with its arguments, and those are not for
 * everybody who reads the failure. A cause has 32,768 characters at most (Step Functions API Reference,
 * "TaskFailedEventDetails"): what follows long arguments may be cut off, and the run may have had a message after all.
 */
function causeWithoutMessage(cause: string): string {
    const isWholeRun = `$state != '' and $contains(${cause}, /\\}\\s*$/)`;
    const ended = "'the Glue run ended without a message: ' & $state";
    const cut = "'Step Functions shows too little of the Glue run to say why it failed'";
    return `$contains(${cause}, /^\\s*\\{/) ? (${isWholeRun} ? ${ended} : ${cut}) : ${cause}`;
}

/** A failure once the reaper has answered: with the run's real end, or with the knowledge that there was no run. */
export function failureAfterAnswer(): string {
    const seen =
        "$failure.error & ': ' & $failure.cause & '; the run was ' & $states.result.state & ': ' & $states.result.error";
    const fields = {
        state: "$states.result.state",
        permanent: "false",
        error: "'JobEndUnseen'",
        cause: clean(seen),
        isCapacity: `($states.result.state = 'FAILED' and $contains($states.result.error, ${CAPACITY}))`,
    };
    const object = Object.entries(fields).map(([name, value]) => `'${name}': ${value}`);
    return `$merge([$failure, $states.result.state = 'NONE' ? {'state': 'NONE'} : {${object.join(", ")}}])`;
}

/** What the end of the attempt says about the job: an expression. A start that Glue refused to the last is a failure. */
export function verdict(maxAttempts: number): string {
    const saysNothing = "$failure.state = 'STOPPED' or $failure.isCapacity = true";
    const isLast = `$failure.permanent = true or $attempt >= ${maxAttempts}`;
    const { succeeded, failed, failedForGood, none } = VERDICT;
    return `$isDone ? '${succeeded}' : (${saysNothing}) ? '${none}' : (${isLast}) ? '${failedForGood}' : '${failed}'`;
}

/** A text as SQS takes it in an attribute: without control characters, 1,000 characters at most. */
function clean(text: string): string {
    return `$substring($replace(${text}, /[\\u0000-\\u001f\\u007f\\ufffe\\uffff]+/, ' '), 0, 1000)`;
}
