/**
 * A metric alarm: its configuration, which is checked as PutMetricAlarm would check it, its state, and the message when
 * the state changes.
 */
import type { Resource } from "../../recording/resource.ts";
import { AwsError, UnsupportedError } from "../../service.ts";
import type { World } from "../../service.ts";
import { STATISTICS } from "../lib/metrics.ts";
import type { Datapoint } from "../lib/metrics.ts";
import { stateOf } from "./evaluation.ts";
import type { AlarmState, MissingData, Rule } from "./evaluation.ts";
import { MINUTE } from "./series.ts";

export const ALARM_INPUTS: readonly string[] = [
    "name",
    "alarmDescription",
    "actionsEnabled",
    "alarmActions",
    "okActions",
    "insufficientDataActions",
    "comparisonOperator",
    "evaluationPeriods",
    "datapointsToAlarm",
    "metricName",
    "namespace",
    "dimensions",
    "period",
    "statistic",
    "threshold",
    "treatMissingData",
    "tags",
];

/** A change of an alarm's state. */
export interface StateChange {
    readonly time: number;
    readonly from: AlarmState;
    readonly to: AlarmState;
    readonly reason: string;
}

/** Changes that an alarm remembers. */
const MAX_KEPT_CHANGES = 100;

/** An alarm, as found under its ARN. */
export class Alarm implements Rule {
    readonly arn: string;
    readonly name: string;
    state: AlarmState = "INSUFFICIENT_DATA";
    reason = "Unchecked: Initial alarm creation";
    changedAt: number;
    /** The latest changes, oldest first. */
    readonly history: StateChange[] = [];
    /** Missing data alone have left the state as it is: more of them change nothing. */
    isSettled = false;
    private settings: AlarmSettings;

    constructor(resource: Resource, now: number) {
        this.arn = String(resource.outputs["arn"]);
        this.name = String(resource.outputs["name"]);
        this.changedAt = now;
        this.settings = settingsOf(resource);
    }

    get configuration(): AlarmSettings {
        return this.settings;
    }

    get evaluationPeriods(): number {
        return this.settings.evaluationPeriods;
    }

    get datapointsToAlarm(): number {
        return this.settings.datapointsToAlarm;
    }

    get treatMissingData(): MissingData {
        return this.settings.treatMissingData;
    }

    configure(resource: Resource): void {
        this.settings = settingsOf(resource);
        this.isSettled = false;
    }

    breaches(value: number): boolean {
        return COMPARISONS[this.settings.comparisonOperator].isBreached(value, this.settings.threshold);
    }

    /** Evaluates the values of the evaluation range, oldest first. Returns the change of state, if there is one. */
    evaluate(datapoints: readonly (Datapoint | undefined)[], now: number): StateChange | undefined {
        const values = datapoints.map((each) => each && STATISTICS[this.settings.statistic](each));
        const to = stateOf(this, values, this.state);
        this.isSettled = to === this.state && values.every((value) => value === undefined);
        if (to === this.state) return undefined;
        const change = { time: now, from: this.state, to, reason: this.why(values, to, now) };
        this.state = to;
        this.reason = change.reason;
        this.changedAt = now;
        this.history.push(change);
        if (this.history.length > MAX_KEPT_CHANGES) this.history.shift();
        return change;
    }

    /** The ARNs that a change to this state is sent to. */
    actions(state: AlarmState): readonly string[] {
        const { actionsEnabled, alarmActions, okActions, insufficientDataActions } = this.settings;
        if (!actionsEnabled) return [];
        if (state === "ALARM") return alarmActions;
        return state === "OK" ? okActions : insufficientDataActions;
    }

    /** The message about a change. */
    notification(
        { time, from, to, reason }: StateChange,
        world: World,
    ): { Subject: string; Message: string } {
        const { settings } = this;
        const Message = JSON.stringify({
            AlarmName: this.name,
            AlarmDescription: settings.description ?? null,
            AWSAccountId: world.account,
            NewStateValue: to,
            NewStateReason: reason,
            StateChangeTime: isoOffset(time),
            Region: world.region,
            AlarmArn: this.arn,
            OldStateValue: from,
            OKActions: settings.okActions,
            AlarmActions: settings.alarmActions,
            InsufficientDataActions: settings.insufficientDataActions,
            Trigger: {
                MetricName: settings.metricName,
                Namespace: settings.namespace,
                StatisticType: "Statistic",
                Statistic: settings.statistic.toUpperCase(),
                Unit: null,
                Dimensions: Object.entries(settings.dimensions).map(([name, value]) => ({ value, name })),
                Period: settings.periodMillis / 1000,
                EvaluationPeriods: settings.evaluationPeriods,
                DatapointsToAlarm: settings.datapointsToAlarm,
                ComparisonOperator: settings.comparisonOperator,
                Threshold: settings.threshold,
                TreatMissingData: settings.treatMissingData,
            },
        });
        return { Subject: `${to}: "${this.name}" in ${world.region}`.slice(0, 99), Message };
    }

    private why(values: readonly (number | undefined)[], to: AlarmState, now: number): string {
        const { evaluationPeriods, datapointsToAlarm, periodMillis, threshold, comparisonOperator } =
            this.settings;
        if (to === "INSUFFICIENT_DATA")
            return `Insufficient Data: ${counted(evaluationPeriods, "datapoint")} unknown.`;
        const real = values
            .map((value, i) => ({ value, start: now - (values.length - i) * periodMillis }))
            .filter((each): each is { value: number; start: number } => each.value !== undefined)
            .slice(-evaluationPeriods);
        if (real.length === 0) {
            const treated = this.treatMissingData === "breaching" ? "Breaching" : "NonBreaching";
            return `Threshold Crossed: no datapoints were received for ${counted(evaluationPeriods, "period")} and ${counted(evaluationPeriods, "missing datapoint")} treated as [${treated}].`;
        }
        const decisive = real.filter(({ value }) => this.breaches(value) === (to === "ALARM"));
        const list = decisive.map(({ value, start }) => `${value} (${new Date(start).toISOString()})`);
        const negation = to === "ALARM" ? "" : "not ";
        return `Threshold Crossed: ${decisive.length} out of the last ${evaluationPeriods} datapoints [${list.join(", ")}] ${decisive.length === 1 ? "was" : "were"} ${negation}${COMPARISONS[comparisonOperator].words} the threshold (${threshold}) (minimum ${counted(datapointsToAlarm, "datapoint")} for OK -> ALARM transition).`;
    }
}

export interface AlarmSettings {
    readonly description: string | undefined;
    readonly actionsEnabled: boolean;
    readonly alarmActions: readonly string[];
    readonly okActions: readonly string[];
    readonly insufficientDataActions: readonly string[];
    readonly namespace: string;
    readonly metricName: string;
    readonly dimensions: Readonly<Record<string, string>>;
    readonly statistic: keyof typeof STATISTICS;
    readonly periodMillis: number;
    readonly evaluationPeriods: number;
    readonly datapointsToAlarm: number;
    readonly comparisonOperator: keyof typeof COMPARISONS;
    readonly threshold: number;
    readonly treatMissingData: MissingData;
}

const COMPARISONS = {
    GreaterThanOrEqualToThreshold: {
        isBreached: (value: number, threshold: number) => value >= threshold,
        words: "greater than or equal to",
    },
    GreaterThanThreshold: {
        isBreached: (value: number, threshold: number) => value > threshold,
        words: "greater than",
    },
    LessThanThreshold: {
        isBreached: (value: number, threshold: number) => value < threshold,
        words: "less than",
    },
    LessThanOrEqualToThreshold: {
        isBreached: (value: number, threshold: number) => value <= threshold,
        words: "less than or equal to",
    },
};

const DAY_SECONDS = 86_400;

/** CloudWatch API Reference, "PutMetricAlarm". */
function settingsOf({ inputs, outputs }: Resource): AlarmSettings {
    const name = String(outputs["name"]);
    if (!/^[\x20-\x7e]{1,255}$/.test(name))
        throw invalid(`The alarm name '${name}' is not 1 to 255 ASCII characters`);
    const text = (input: string): string => {
        const value = inputs[input];
        if (typeof value === "string" && value !== "") return value;
        throw invalid(`The parameter ${input} is required for an alarm on a metric.`);
    };
    const period = wholeNumber(inputs, "period", undefined);
    if (period % 60 !== 0) {
        if (![10, 20, 30].includes(period))
            throw invalid(`Period must be 10, 20, 30 or a multiple of 60, not ${period}`);
        throw new UnsupportedError(
            `The embedded AWS does not support a period of ${period} seconds, which the alarm ${name} has; use whole minutes.`,
        );
    }
    const evaluationPeriods = wholeNumber(inputs, "evaluationPeriods", undefined);
    const datapointsToAlarm = wholeNumber(inputs, "datapointsToAlarm", evaluationPeriods);
    if (datapointsToAlarm > evaluationPeriods)
        throw invalid("DatapointsToAlarm must be less than or equal to EvaluationPeriods");
    if (period * evaluationPeriods > DAY_SECONDS) {
        if (period < 3600 || period * evaluationPeriods > 7 * DAY_SECONDS)
            throw invalid(
                "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).",
            );
        throw new UnsupportedError(
            `The embedded AWS does not support an alarm that looks back more than a day, as ${name} does.`,
        );
    }
    const description = inputs["alarmDescription"] as string | undefined;
    if ((description?.length ?? 0) > 1024)
        throw invalid("AlarmDescription must have length less than or equal to 1024");
    const threshold = Number(inputs["threshold"]);
    if (inputs["threshold"] === undefined || !Number.isFinite(threshold))
        throw invalid("The parameter Threshold is required.");
    return {
        description,
        actionsEnabled: inputs["actionsEnabled"] !== false,
        alarmActions: actions(inputs["alarmActions"]),
        okActions: actions(inputs["okActions"]),
        insufficientDataActions: actions(inputs["insufficientDataActions"]),
        namespace: text("namespace"),
        metricName: text("metricName"),
        dimensions: (inputs["dimensions"] ?? {}) as Record<string, string>,
        statistic: oneOf("statistic", text("statistic"), STATISTICS),
        periodMillis: (period / 60) * MINUTE,
        evaluationPeriods,
        datapointsToAlarm,
        comparisonOperator: oneOf("comparisonOperator", text("comparisonOperator"), COMPARISONS),
        threshold,
        treatMissingData: missingData(inputs["treatMissingData"]),
    };
}

function actions(value: unknown): readonly string[] {
    const arns = (value ?? []) as readonly string[];
    if (arns.length > 5) throw invalid("An alarm has five actions for each state at most.");
    for (const arn of arns) {
        if (!/^arn:[\w-]+:[\w-]+:/.test(arn)) throw invalid(`Invalid arn syntax: ${arn}`);
        if (arn.split(":")[2] !== "sns")
            throw new UnsupportedError(
                `The embedded AWS does not support the action ${arn} of an alarm: SNS topics only.`,
            );
    }
    return arns;
}

function missingData(value: unknown): MissingData {
    const known = ["missing", "ignore", "breaching", "notBreaching"] as const;
    const found = known.find((each) => each === (value ?? "missing"));
    if (found === undefined)
        throw invalid(`Value '${String(value)}' at 'treatMissingData' is not one of ${known.join(", ")}`);
    return found;
}

function oneOf<T extends object>(input: string, value: string, choices: T): keyof T {
    if (Object.hasOwn(choices, value)) return value as keyof T;
    if (/Band|UpperThreshold/.test(value))
        throw new UnsupportedError(
            `The embedded AWS does not support ${value}, which is for anomaly detection.`,
        );
    throw invalid(`Value '${value}' at '${input}' is not one of ${Object.keys(choices).join(", ")}`);
}

function wholeNumber(inputs: Resource["inputs"], input: string, byDefault: number | undefined): number {
    const value = Number(inputs[input] ?? byDefault);
    if (Number.isInteger(value) && value >= 1) return value;
    throw invalid(`${input} is ${JSON.stringify(inputs[input]) ?? "absent"}, expected a whole number from 1`);
}

function counted(count: number, thing: string): string {
    return `${count} ${thing}${count === 1 ? "" : "s"}`;
}

/** As CloudWatch writes times. */
function isoOffset(time: number): string {
    return new Date(time).toISOString().replace("Z", "+0000");
}

function invalid(message: string): AwsError {
    return new AwsError("ValidationError", message);
}
