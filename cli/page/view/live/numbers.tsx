/** The numbers that one looks for first. */
import { count, duration } from "../../../lib/format.ts";
import type { LiveData } from "../../live-data.ts";

/** The dispatcher writes that it lives with every second sweep: so much silence is too much. Seconds. */
const QUIET = 200;

export function Numbers({ data }: { readonly data: LiveData }) {
    const { line, queue, lastHour, deadLetters, dispatcherSeen } = data;
    const few = lastHour.isExact ? "" : "at least ";
    return (
        <dl class="numbers">
            <Number name="Slots in use" value={slotsText(data)} />
            <Number name="In line" value={`${line.isExact ? "" : "at least "}${count(line.count)}`} />
            <Number name="Not accepted yet" value={known(queue)} />
            <Number
                name="Ended in the last hour"
                value={`${few}${count(lastHour.done)} done, ${count(lastHour.failed)} failed`}
            />
            <Number name="Dead letters" value={known(deadLetters)} isBad={(deadLetters ?? 0) > 0} />
            <Number
                name="Dispatcher seen"
                value={dispatcherSeen === null ? "never" : `${duration(dispatcherSeen)} ago`}
                isBad={dispatcherSeen === null || dispatcherSeen > QUIET}
            />
        </dl>
    );
}

function slotsText({ slots: { length }, limit }: LiveData): string {
    if (limit === null) return `${count(length)}, no limit`;
    return length > limit ? `${count(length)}, limit ${count(limit)}` : `${count(length)} of ${count(limit)}`;
}

function known(number: number | null): string {
    return number === null ? "not allowed to see" : count(number);
}

function Number({
    name,
    value,
    isBad = false,
}: {
    readonly name: string;
    readonly value: string;
    readonly isBad?: boolean;
}) {
    return (
        <div>
            <dt>{name}</dt>
            <dd class={isBad ? "bad" : ""}>{value}</dd>
        </div>
    );
}
