/** What somebody meant who wrote a name that does not exist. */

/** The name that differs in the fewest letters, if that is few enough to be a slip; undefined if nothing is near. */
export function meant(written: string, names: readonly string[]): string | undefined {
    const near = names
        .map((name) => ({ name, distance: distance(written.toLowerCase(), name.toLowerCase()) }))
        .sort((a, b) => a.distance - b.distance)[0];
    const longest = Math.max(written.length, near?.name.length ?? 0);
    return near && near.distance <= Math.max(2, longest / 3) ? near.name : undefined;
}

/** How many letters must be put in, left out or replaced to turn one text into the other (Levenshtein). */
function distance(a: string, b: string): number {
    let row = Array.from({ length: b.length + 1 }, (_, i) => i);
    for (let i = 1; i <= a.length; i++) {
        const next = [i];
        for (let j = 1; j <= b.length; j++) {
            const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
            next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
        }
        row = next;
    }
    return row[b.length] ?? 0;
}
