/** What CloudWatch gets from other services. It asks once a minute, and only for metrics that an alarm watches. */

/** Several values of a metric, as one. */
export interface Datapoint {
    readonly sum: number;
    readonly count: number;
    readonly minimum: number;
    readonly maximum: number;
}

/** A resource, as found under its ARN, that CloudWatch has metrics of. */
export interface Measured {
    /** The values since the last call, or the present value. Undefined: there is none. */
    measure(metric: string): Datapoint | undefined;
}

/** Collects values until they are taken. */
export class Statistic {
    private sum = 0;
    private count = 0;
    private minimum = Infinity;
    private maximum = -Infinity;

    add(value: number): void {
        this.sum += value;
        this.count++;
        if (value < this.minimum) this.minimum = value;
        if (value > this.maximum) this.maximum = value;
    }

    take(): Datapoint | undefined {
        const { sum, count, minimum, maximum } = this;
        if (count === 0) return undefined;
        this.sum = 0;
        this.count = 0;
        this.minimum = Infinity;
        this.maximum = -Infinity;
        return { sum, count, minimum, maximum };
    }
}

/** One value. */
export function single(value: number): Datapoint {
    return { sum: value, count: 1, minimum: value, maximum: value };
}

export function isMeasured(thing: object | undefined): thing is Measured {
    return thing !== undefined && "measure" in thing;
}

/** What CloudWatch makes of several values, by the names of its API. */
export const STATISTICS = {
    SampleCount: (datapoint: Datapoint) => datapoint.count,
    Average: (datapoint: Datapoint) => datapoint.sum / datapoint.count,
    Sum: (datapoint: Datapoint) => datapoint.sum,
    Minimum: (datapoint: Datapoint) => datapoint.minimum,
    Maximum: (datapoint: Datapoint) => datapoint.maximum,
};

export function isStatistic(name: string): name is keyof typeof STATISTICS {
    return Object.hasOwn(STATISTICS, name);
}
