/** What a service tells CloudWatch of its resources: asked for once a minute, and only for metrics that somebody watches. */

/** Values of a metric, put together. */
export interface Datapoint {
    readonly sum: number;
    readonly count: number;
    readonly minimum: number;
    readonly maximum: number;
}

/** A resource, found under its ARN, that CloudWatch has metrics of. */
export interface Measured {
    /** What came together of a metric since it was asked for last, or its present value; undefined: nothing to tell. */
    measure(metric: string): Datapoint | undefined;
}

/** Puts values together until they are taken. */
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
