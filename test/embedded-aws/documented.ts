/** What the tables of documented behaviour have in common. */
import assert from "node:assert/strict";
import { AwsError, UnsupportedError } from "../../embedded-aws/service.ts";

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

        it("has no two rows with the same title", () => {
            const titles = rows.map(({ title }) => title);
            const repeated = titles.filter((title, index) => titles.indexOf(title) !== index);
            if (repeated.length > 0)
                throw new Error(`more than one row has the title ${repeated.join(", ")}`);
        });
    });
}

/** Plays a row, which may say that AWS refuses it, by the error's name, or that the embedded AWS does, by its message. */
export async function runOrRefuse(
    {
        refused,
        unsupported,
    }: { readonly refused?: string | undefined; readonly unsupported?: RegExp | undefined },
    play: () => Promise<void>,
): Promise<void> {
    if (refused === undefined && unsupported === undefined) return play();
    await assert.rejects(play, (error) => {
        if (unsupported) {
            assert(error instanceof UnsupportedError, String(error));
            assert.match(error.message, unsupported);
        } else {
            assert(error instanceof AwsError, String(error));
            assert.equal(error.name, refused);
        }
        return true;
    });
}
