/** A list of numbers that grows, eight bytes each: a run of a hundred thousand jobs keeps its statistics in a few of these. */
export class Numbers {
    private values: Float64Array;
    private used = 0;

    constructor(capacity = 64) {
        this.values = new Float64Array(capacity);
    }

    get length(): number {
        return this.used;
    }

    push(value: number): void {
        if (this.used === this.values.length) {
            const larger = new Float64Array(this.values.length * 2);
            larger.set(this.values);
            this.values = larger;
        }
        this.values[this.used++] = value;
    }

    at(index: number): number {
        return index >= 0 && index < this.used ? (this.values[index] as number) : Number.NaN;
    }

    set(index: number, value: number): void {
        if (index < 0 || index >= this.used)
            throw new RangeError(`There is no number ${index} among ${this.used}.`);
        this.values[index] = value;
    }

    /** A view on the numbers, without a copy. */
    all(): Float64Array {
        return this.values.subarray(0, this.used);
    }
}

/** The value that a share of the numbers, from 0 to 1, does not exceed (nearest rank); NaN of none. */
export function quantile(values: ArrayLike<number>, share: number): number {
    if (values.length === 0) return Number.NaN;
    const sorted = Float64Array.from(values).sort();
    return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] as number;
}
