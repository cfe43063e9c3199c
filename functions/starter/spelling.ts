/**
 * How many letters must be added, removed or replaced to make one text of the other (Levenshtein). Upper and lower case count as
 * the same.
 */
export function distance(one: string, two: string): number {
    const [a, b] = [one.toLowerCase(), two.toLowerCase()];
    let above = Array.from({ length: b.length + 1 }, (_, j) => j);
    for (let i = 1; i <= a.length; i++) {
        const row = [i];
        for (let j = 1; j <= b.length; j++) {
            const replaced = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
            row.push(Math.min(replaced, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
        }
        above = row;
    }
    return above[b.length] ?? 0;
}
