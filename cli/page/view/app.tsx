/** The part of the page that needs a program: curves, bars, and the story of one message. */
import { useMemo, useState } from "preact/hooks";
import type { RunData } from "../data.ts";
import { readMessages, select } from "../messages.ts";
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
    const [range, setRange] = useState<Range>(all);
    const [filter, setFilter] = useState<Filter>({ group: "", outcome: "", text: "" });
    const [order, setOrder] = useState<Order>("arrival");
    const [told, setTold] = useState<Message>();
    const shown = useMemo(() => select(messages, filter, order), [messages, filter, order]);
    return (
        <>
            <Curves data={data} messages={messages} range={range} all={all} setRange={setRange} />
            <section aria-labelledby="messages-title">
                <h2 id="messages-title">Messages</h2>
                <Controls
                    groups={data.groups}
                    filter={filter}
                    setFilter={setFilter}
                    order={order}
                    setOrder={setOrder}
                    range={range}
                    all={all}
                    setRange={setRange}
                />
                <Legend messages={messages} />
                <p class="count" role="status">
                    {shown.length === messages.length
                        ? `${messages.length.toLocaleString("en-US")} messages`
                        : `${shown.length.toLocaleString("en-US")} of ${messages.length.toLocaleString("en-US")} messages`}
                </p>
                <Rows messages={shown} range={range} all={all} setRange={setRange} tell={setTold} />
            </section>
            {told && <Story message={told} close={() => setTold(undefined)} />}
        </>
    );
}

function wholeRun({ took }: RunData, messages: readonly Message[]): Range {
    return { from: 0, to: messages.reduce((latest, { end }) => Math.max(latest, end), Math.max(1, took)) };
}
