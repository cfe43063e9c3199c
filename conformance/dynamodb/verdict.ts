/**
 * Compares the answers of two implementations. A known difference is accepted. If it is more than other words of the same error, the tables may
 * differ from there on, so the comparison ends.
 */
import type { Answer } from "./compare.ts";
import type { KnownDifference } from "./known-differences.ts";

export class Verdict {
    private readonly other: string;
    private readonly known: readonly KnownDifference[];
    private readonly used = new Set<KnownDifference>();
    /** How many answers were compared. */
    compared = 0;

    constructor(other: string, known: readonly KnownDifference[]) {
        this.other = other;
        this.known = known.filter((one) => one.with === other);
    }

    /** The first difference that is not known, as text; undefined if there is none. */
    difference(ours: readonly Answer[], theirs: readonly Answer[]): string | undefined {
        for (let i = 0; i < Math.max(ours.length, theirs.length); i++) {
            this.compared++;
            const [a, b] = [ours[i]?.text ?? "nothing", theirs[i]?.text ?? "nothing"];
            if (a === b) continue;
            const known = this.known.find((one) => explains(one, a, b));
            if (!known)
                return [ours[i]?.step ?? theirs[i]?.step, `  Turnstile: ${a}`, `  ${this.other}: ${b}`].join(
                    "\n",
                );
            this.used.add(known);
            if (errorOf(a) === undefined || errorOf(a) !== errorOf(b)) return undefined;
        }
        return undefined;
    }

    /** Known differences that no answer showed. */
    unused(): readonly KnownDifference[] {
        return this.known.filter((one) => !this.used.has(one));
    }
}

function explains({ ours, theirs, alike }: KnownDifference, a: string, b: string): boolean {
    return fits(ours, a) && fits(theirs, b) && (!alike || alike(a, b));
}

/** In `pattern`, `*` is any text. */
function fits(pattern: string, text: string): boolean {
    const parts = pattern.split("*").map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
    return new RegExp(`^${parts.join(".*")}$`, "s").test(text);
}

function errorOf(text: string): string | undefined {
    return /^[A-Z][A-Za-z]+Exception(?=:)/.exec(text)?.[0];
}
