/** Tables of text, for reports and benchmarks. */
import Table from "cli-table3";

/** A table without colours. `right` are the columns that are aligned to the right, from 0. */
export function table(
    head: readonly string[],
    rows: readonly (readonly string[])[],
    right: readonly number[] = [],
): string {
    const made = new Table({
        head: [...head],
        style: { head: [], border: [], compact: true },
        colAligns: head.map((_, column) => (right.includes(column) ? "right" : "left")),
    });
    for (const row of rows) made.push([...row]);
    return made.toString();
}
