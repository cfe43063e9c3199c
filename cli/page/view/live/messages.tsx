/** Curves and bars of what is known: they follow the present until somebody looks at a part of the past. */
import { useMemo, useState } from "preact/hooks";
import { LIVE_STATES, MOST } from "../../live-data.ts";
import type { LiveData } from "../../live-data.ts";
import { liveMessages, WINDOWS, wholeTime, windowRange } from "../../live-messages.ts";
import type { WindowName } from "../../live-messages.ts";
import { ORDERS, select } from "../../messages.ts";
import type { Filter, Order } from "../../messages.ts";
import type { Range } from "../../time-axis.ts";
import { countText } from "../app.tsx";
import { Controls } from "../controls.tsx";
import { Curves } from "../curves.tsx";
import { Legend } from "../legend.tsx";
import { Rows } from "../rows.tsx";

interface Props {
    readonly data: LiveData;
    readonly tell: (id: string) => void;
}

const LIVE_ORDERS = { ...ORDERS, arrival: "running first" };

export function Messages({ data, tell }: Props) {
    const messages = useMemo(() => liveMessages(data), [data]);
    const groups = useMemo(() => [...new Set(messages.map(({ group }) => group))].sort(), [messages]);
    const [windowName, setWindow] = useState<WindowName>("what fits");
    const [past, setPast] = useState<Range>();
    const [filter, setFilter] = useState<Filter>({ group: "", state: "", text: "" });
    const [order, setOrder] = useState<Order>("arrival");
    const shown = useMemo(() => select(messages, filter, order), [messages, filter, order]);
    const all = useMemo(() => wholeTime(data, messages), [data, messages]);
    const present = useMemo(() => windowRange(windowName, data, messages), [windowName, data, messages]);
    const range = past ?? present;
    const time = { range, all: { from: Math.min(all.from, range.from), to: all.to }, setRange: setPast };
    const { times, holders, limits, waiting } = data.history;
    return (
        <>
            <section aria-labelledby="messages-title">
                <h2 id="messages-title">Messages</h2>
                <Controls
                    groups={groups}
                    states={{ name: "State", all: LIVE_STATES }}
                    orders={LIVE_ORDERS}
                    {...{ filter, setFilter, order, setOrder, ...time }}
                    reset={{ name: "Follow", isThere: past === undefined, go: () => setPast(undefined) }}
                />
                <div class="under-controls">
                    <Legend messages={messages} />
                    <label class="window">
                        Time shown
                        <select
                            value={windowName}
                            onChange={(event) => {
                                setWindow(event.currentTarget.value as WindowName);
                                setPast(undefined);
                            }}
                        >
                            {Object.keys(WINDOWS).map((name) => (
                                <option key={name}>{name}</option>
                            ))}
                        </select>
                    </label>
                </div>
                <p class="count">
                    {countText(shown.length, messages.length)}
                    {data.hasMore && `, the first ${MOST} of each kind`}
                </p>
                <Rows
                    messages={shown}
                    selection={JSON.stringify([filter, order])}
                    {...time}
                    tell={({ id }) => tell(id)}
                />
            </section>
            <Curves slots={{ times, holders, limits }} line={{ times, values: waiting }} {...time} />
        </>
    );
}
