/** What somebody meant who wrote a name that does not exist. */
import { distance } from "../../../functions/starter/spelling.ts";

/** The name that differs in the fewest letters, if that is few enough to be a slip; undefined if nothing is near. */
export function meant(written: string, names: readonly string[]): string | undefined {
    const near = names
        .map((name) => ({ name, distance: distance(written, name) }))
        .sort((a, b) => a.distance - b.distance)[0];
    const longest = Math.max(written.length, near?.name.length ?? 0);
    return near && near.distance <= Math.max(2, longest / 3) ? near.name : undefined;
}
