/**
 * The state of an alarm, from the values of its metric: a pure function, after CloudWatch User Guide, "Configuring how
 * CloudWatch alarms treat missing data".
 */

export type AlarmState = "OK" | "ALARM" | "INSUFFICIENT_DATA";

export type MissingData = "missing" | "ignore" | "breaching" | "notBreaching";

export interface Rule {
    /** N: how many values decide. */
    readonly evaluationPeriods: number;
    /** M: how many of them must breach. */
    readonly datapointsToAlarm: number;
    readonly treatMissingData: MissingData;
    breaches(value: number): boolean;
}

/**
 * How many periods are evaluated. AWS says that there are more than N, so that older values can replace missing ones,
 * and that the number depends on the alarm. Its examples have two more.
 */
export function evaluationRange(rule: Rule): number {
    return rule.evaluationPeriods + 2;
}

/** @param values of the evaluation range, oldest first; undefined: missing. @param current the alarm's state so far */
export function stateOf(
    rule: Rule,
    values: readonly (number | undefined)[],
    current: AlarmState,
): AlarmState {
    const { evaluationPeriods, datapointsToAlarm, treatMissingData } = rule;
    const real = values.filter((value) => value !== undefined).slice(-evaluationPeriods);
    const breaching = real.filter((value) => rule.breaches(value)).length;
    if (breaching >= datapointsToAlarm) return "ALARM";
    const filled = evaluationPeriods - real.length;
    if (filled === 0 || treatMissingData === "notBreaching") return "OK";
    if (treatMissingData === "breaching") return breaching + filled >= datapointsToAlarm ? "ALARM" : "OK";
    if (breaching < real.length) return "OK";
    if (treatMissingData === "ignore") return current;
    return isOldEnough(rule, values) ? "ALARM" : "INSUFFICIENT_DATA";
}

/**
 * Whether a breach is at least M periods old with nothing better after it. A younger one may be a single bad value
 * ("Avoiding premature transitions to alarm state").
 */
function isOldEnough(rule: Rule, values: readonly (number | undefined)[]): boolean {
    const oldest = values.findIndex((value) => value !== undefined);
    return oldest >= 0 && values.length - oldest >= rule.datapointsToAlarm;
}
