/** What is shown of the messages: which, in which order, and which part of the run. */
import type { Filter, Order, State } from "../messages.ts";
import { moved, zoomed } from "../time-axis.ts";
import type { Range } from "../time-axis.ts";
import { useClock } from "./clock.ts";

interface Props {
    readonly groups: readonly string[];
    /** What one can choose of, and what it is called. */
    readonly states: { readonly name: string; readonly all: readonly State[] };
    readonly orders: Readonly<Record<Order, string>>;
    readonly filter: Filter;
    readonly setFilter: (filter: Filter) => void;
    readonly order: Order;
    readonly setOrder: (order: Order) => void;
    readonly range: Range;
    readonly all: Range;
    readonly setRange: (range: Range) => void;
    /** The button that shows what is shown at first. */
    readonly reset: { readonly name: string; readonly isThere: boolean; readonly go: () => void };
}

export function Controls({ groups, states, orders, filter, setFilter, order, setOrder, ...time }: Props) {
    return (
        <div class="controls">
            <label>
                Group
                <select
                    value={filter.group}
                    onChange={(event) => setFilter({ ...filter, group: event.currentTarget.value })}
                >
                    <option value="">all</option>
                    {groups.map((group) => (
                        <option key={group} value={group}>
                            {group}
                        </option>
                    ))}
                </select>
            </label>
            <label>
                {states.name}
                <select
                    value={filter.state}
                    onChange={(event) =>
                        setFilter({ ...filter, state: event.currentTarget.value as State | "" })
                    }
                >
                    <option value="">all</option>
                    {states.all.map((state) => (
                        <option key={state} value={state}>
                            {state}
                        </option>
                    ))}
                </select>
            </label>
            <label>
                Order
                <select value={order} onChange={(event) => setOrder(event.currentTarget.value as Order)}>
                    {Object.entries(orders).map(([key, name]) => (
                        <option key={key} value={key}>
                            {name}
                        </option>
                    ))}
                </select>
            </label>
            <label class="search">
                Search
                <input
                    type="search"
                    value={filter.text}
                    onInput={(event) => setFilter({ ...filter, text: event.currentTarget.value })}
                />
            </label>
            <TimeButtons {...time} />
        </div>
    );
}

function TimeButtons({ range, all, setRange, reset }: Pick<Props, "range" | "all" | "setRange" | "reset">) {
    const clock = useClock();
    const middle = (range.from + range.to) / 2;
    const isAll = range.from <= all.from && range.to >= all.to;
    const button = (name: string, sign: string, next: Range, disabled: boolean) => (
        <button
            type="button"
            aria-label={name}
            title={name}
            disabled={disabled}
            onClick={() => setRange(next)}
        >
            {sign}
        </button>
    );
    return (
        <div class="time" role="group" aria-label="Time shown">
            {button("Earlier", "◀", moved(range, -0.5, all), range.from <= all.from)}
            {button("Zoom out", "−", zoomed(range, 2, middle, all), isAll)}
            {button("Zoom in", "+", zoomed(range, 0.5, middle, all), false)}
            {button("Later", "▶", moved(range, 0.5, all), range.to >= all.to)}
            <button type="button" disabled={reset.isThere} onClick={reset.go}>
                {reset.name}
            </button>
            <span class="range">
                {clock(range.from)} to {clock(range.to)}
            </span>
        </div>
    );
}
