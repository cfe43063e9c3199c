/** The part of the page that needs a program: curves, bars, and the story of one message. */
import { useMemo, useState } from "preact/hooks";
import { count } from "../../lib/format.ts";
import { OUTCOMES } from "../data.ts";
import type { RunData } from "../data.ts";
import { lineLength, ORDERS, readMessages, select, slotCurves } from "../messages.ts";
import type { Filter, Message, Order } from "../messages.ts";
import type { Range } from "../time-axis.ts";
import { Controls } from "./controls.tsx";
import { Curves } from "./curves.tsx";
import { Legend } from "./legend.tsx";
import { Rows } from "./rows.tsx";
import { Story } from "./story.tsx";

export function App({ data }: { readonly data: RunData }) {
    const messages = useMemo(() => readMessages(data), [data]);
    const all = useMemo(() => wholeRun(data, messages), [data, messages]);
    const slots = useMemo(() => slotCurves(data), [data]);
    const line = useMemo(() => lineLength(messages, data.took), [messages, data]);
    const [range, setRange] = useState<Range>(all);
    const [filter, setFilter] = useState<Filter>({ group: "", state: "", text: "" });
    const [order, setOrder] = useState<Order>("arrival");
    const [told, setTold] = useState<Message>();
    const shown = useMemo(() => select(messages, filter, order), [messages, filter, order]);
    return (
        <>
            <Curves slots={slots} line={line} range={range} all={all} setRange={setRange} />
            <section aria-labelledby="messages-title">
                <h2 id="messages-title">Messages</h2>
                <Controls
                    groups={data.groups}
                    states={{ name: "Outcome", all: OUTCOMES }}
                    orders={ORDERS}
                    filter={filter}
                    setFilter={setFilter}
                    order={order}
                    setOrder={setOrder}
                    range={range}
                    all={all}
                    setRange={setRange}
                    reset={{
                        name: "Whole run",
                        isThere: range.from <= all.from && range.to >= all.to,
                        go: () => setRange(all),
                    }}
                />
                <Legend messages={messages} />
                <p class="count" role="status">
                    {countText(shown.length, messages.length)}
                </p>
                <Rows
                    messages={shown}
                    selection={JSON.stringify([filter, order])}
                    range={range}
                    all={all}
                    setRange={setRange}
                    tell={setTold}
                />
            </section>
            {told && <Story message={told} close={() => setTold(undefined)} />}
        </>
    );
}

/** How many messages there are, or how many of them are shown. */
export function countText(shown: number, all: number): string {
    return shown === all ? `${count(all)} messages` : `${count(shown)} of ${count(all)} messages`;
}

function wholeRun({ took }: RunData, messages: readonly Message[]): Range {
    return { from: 0, to: messages.reduce((latest, { end }) => Math.max(latest, end), Math.max(1, took)) };
}
