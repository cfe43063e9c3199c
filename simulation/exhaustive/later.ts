/**
 * A memory for what takes a promise to compute. The exploration itself waits for nothing: where a value is not known yet, it
 * throws, and whoever explores waits for the value and takes the step again.
 */
import { StacklessError } from "../../embedded-aws/index.ts";

export class Pending extends StacklessError {
    readonly promise: Promise<unknown>;

    constructor(promise: Promise<unknown>) {
        super("the value is not known yet");
        this.promise = promise;
    }
}

export class Later<Key, Value> {
    private readonly known = new Map<Key, Value>();

    /** The value; throws `Pending` the first time. */
    get(key: Key, compute: () => Promise<Value>): Value {
        const value = this.known.get(key);
        if (value !== undefined) return value;
        throw new Pending(compute().then((computed) => void this.known.set(key, computed)));
    }
}

/** Does what throws `Pending` until it is done. */
export async function settle<Value>(attempt: () => Value): Promise<Value> {
    for (;;) {
        try {
            return attempt();
        } catch (error) {
            if (!(error instanceof Pending)) throw error;
            await error.promise;
        }
    }
}

/** Numbers values by their texts, and keeps one of each. */
export class Catalogue<Value> {
    private readonly numbers = new Map<string, number>();
    private readonly values: Value[] = [];

    numberOf(text: string, value: () => Value): number {
        let number = this.numbers.get(text);
        if (number === undefined) {
            number = this.values.push(value()) - 1;
            this.numbers.set(text, number);
        }
        return number;
    }

    at(number: number): Value {
        return this.values[number] as Value;
    }

    get size(): number {
        return this.values.length;
    }
}
