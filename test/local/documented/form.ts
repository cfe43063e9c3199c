/** What the tables of documented behaviour have in common. */

export interface Documented {
    /** What holds on AWS. */
    readonly title: string;
    /** The AWS page that says so. */
    readonly source: string;
    /** Why the embedded AWS leaves it out; the row then states what it does instead. */
    readonly notModelled?: string;
}

/** Declares a test for each row, and one for the table itself. */
export function table<R extends Documented>(
    name: string,
    rows: readonly R[],
    run: (row: R) => void | Promise<void>,
): void {
    describe(`${name}, as AWS documents it`, () => {
        for (const row of rows) {
            const { title, source, notModelled } = row;
            const reason = notModelled === undefined ? "" : `not modelled, ${notModelled}: `;
            it(`${reason}${title} (${source})`, () => run(row));
        }

        it("is told once: no two rows have the same title", () => {
            const titles = rows.map(({ title }) => title);
            const repeated = titles.filter((title, index) => titles.indexOf(title) !== index);
            if (repeated.length > 0) throw new Error(`told twice: ${repeated.join(", ")}`);
        });
    });
}
