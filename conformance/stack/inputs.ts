/** The inputs of a recorded resource. They remember which were read, because an input that nobody reads would be dropped in silence. */
import type { RecordedAsset } from "../../embedded-aws/index.ts";

type Values = Readonly<Record<string, unknown>>;

export class Inputs {
    private readonly where: string;
    private readonly values: Values;
    private readonly read = new Set<string>();
    private readonly inner: Inputs[] = [];

    constructor(where: string, values: Values) {
        this.where = where;
        this.values = values;
    }

    text(name: string): string {
        return this.must(name, this.maybeText(name));
    }

    maybeText(name: string): string | undefined {
        return this.get(name, "a text", (value) => typeof value === "string") as string | undefined;
    }

    number(name: string): number {
        return this.must(name, this.maybeNumber(name));
    }

    maybeNumber(name: string): number | undefined {
        return this.get(name, "a number", (value) => typeof value === "number") as number | undefined;
    }

    maybeTruth(name: string): boolean | undefined {
        return this.get(name, "a truth value", (value) => typeof value === "boolean") as boolean | undefined;
    }

    texts(name: string): string[] {
        return this.maybeTexts(name) ?? [];
    }

    maybeTexts(name: string): string[] | undefined {
        const isTexts = (value: unknown) =>
            Array.isArray(value) && value.every((element) => typeof element === "string");
        return this.get(name, "a list of texts", isTexts) as string[] | undefined;
    }

    /** Texts by names that the user chose, such as tags; empty if there are none. */
    map(name: string): Record<string, string> {
        const isMap = (value: unknown) =>
            isObject(value) && Object.values(value).every((member) => typeof member === "string");
        return (this.get(name, "texts by name", isMap) as Record<string, string> | undefined) ?? {};
    }

    asset(name: string): RecordedAsset {
        const isAsset = (value: unknown) => isObject(value) && "kind" in value;
        return this.must(name, this.get(name, "an asset", isAsset) as RecordedAsset | undefined);
    }

    group(name: string): Inputs {
        return this.must(name, this.maybeGroup(name));
    }

    maybeGroup(name: string): Inputs | undefined {
        const value = this.get(name, "an object", isObject);
        return value === undefined ? undefined : this.open(name, value as Values);
    }

    groups(name: string): Inputs[] {
        const isGroups = (value: unknown) => Array.isArray(value) && value.every(isObject);
        const value = this.get(name, "a list of objects", isGroups) as Values[] | undefined;
        return (value ?? []).map((element, index) => this.open(`${name}[${index}]`, element));
    }

    /** The declared inputs that were not read, as paths such as `code` and `filters[0].pattern`. */
    unread(): string[] {
        const own = Object.keys(this.values).filter(
            (name) => this.values[name] !== undefined && !this.read.has(name),
        );
        return [...own.map((name) => `${this.where}${name}`), ...this.inner.flatMap((one) => one.unread())];
    }

    private open(name: string, values: Values): Inputs {
        const opened = new Inputs(`${this.where}${name}.`, values);
        this.inner.push(opened);
        return opened;
    }

    private get(name: string, expected: string, isRight: (value: unknown) => boolean): unknown {
        this.read.add(name);
        const value = this.values[name];
        if (value === undefined || isRight(value)) return value;
        throw new Error(`${this.where}${name} is ${JSON.stringify(value)}; expected ${expected}`);
    }

    private must<T>(name: string, value: T | undefined): T {
        if (value !== undefined) return value;
        throw new Error(`${this.where}${name} is not declared, but the service requires it`);
    }
}

function isObject(value: unknown): value is Values {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
