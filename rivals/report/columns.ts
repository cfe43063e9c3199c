/** The columns of the tables. */
import type { Stressed } from "../measure/stress.ts";
import type { Row } from "../measure/summary.ts";

export interface Column<T> {
    readonly head: string;
    readonly of: (row: T) => string;
}

export const COLUMNS: readonly Column<Row>[] = [
    { head: "Peak", of: ({ peakRunning }) => whole(peakRunning) },
    { head: "Lost", of: ({ lost }) => whole(lost) },
    { head: "Left over", of: ({ leftOver }) => whole(leftOver) },
    { head: "Leaked", of: ({ leaked }) => (leaked === undefined ? "–" : whole(leaked)) },
    { head: "Run twice", of: ({ repeated }) => whole(repeated) },
    { head: "Overtakes %", of: ({ overtakes }) => whole(overtakes * 100) },
    { head: "Idle s", of: ({ idleSeconds }) => rounded(idleSeconds) },
    { head: "Makespan", of: ({ makespan }) => makespan.toFixed(2) },
    { head: "Transitions", of: ({ transitions }) => rounded(transitions) },
    { head: "Writes", of: ({ writeUnits }) => rounded(writeUnits) },
    { head: "Invocations", of: ({ invocations }) => rounded(invocations) },
    { head: "$ for 1,000", of: ({ dollars }) => dollars.toFixed(2) },
    { head: "Events", of: ({ historyEvents }) => whole(historyEvents) },
];

export const stressColumns: readonly Column<Stressed>[] = [
    {
        head: "An eleventh starts",
        of: ({ withRoom }) => (withRoom.peakRunning > withRoom.limit ? "yes" : "no"),
    },
    { head: "Peak running", of: ({ withRoom }) => whole(withRoom.peakRunning) },
    { head: "Peak by Glue's count", of: ({ withRoom }) => whole(withRoom.peakCounted) },
    { head: "Refused starts, no room", of: ({ withoutRoom }) => whole(withoutRoom.refused) },
    { head: "Lost", of: ({ withRoom, withoutRoom }) => whole(withRoom.lost + withoutRoom.lost) },
    {
        head: "Makespan, no room",
        of: ({ withoutRoom }) => (withoutRoom.makespan / withoutRoom.ideal).toFixed(2),
    },
];

function whole(number: number): string {
    return Math.round(number).toLocaleString("en-US");
}

/** With one digit after the point, where it tells something. */
function rounded(number: number): string {
    return number < 100 ? number.toFixed(1) : whole(number);
}
