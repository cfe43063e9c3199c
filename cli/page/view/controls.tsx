/** What is shown of the messages: which, in which order, and which part of the run. */
import { OUTCOMES } from "../data.ts";
import type { Outcome } from "../data.ts";
import { ORDERS } from "../messages.ts";
import type { Filter, Order } from "../messages.ts";
import { clockTime, moved, zoomed } from "../time-axis.ts";
import type { Range } from "../time-axis.ts";

interface Props {
    readonly groups: readonly string[];
    readonly filter: Filter;
    readonly setFilter: (filter: Filter) => void;
    readonly order: Order;
    readonly setOrder: (order: Order) => void;
    readonly range: Range;
    readonly all: Range;
    readonly setRange: (range: Range) => void;
}

export function Controls({ groups, filter, setFilter, order, setOrder, ...time }: Props) {
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
                Outcome
                <select
                    value={filter.outcome}
                    onChange={(event) =>
                        setFilter({ ...filter, outcome: event.currentTarget.value as Outcome | "" })
                    }
                >
                    <option value="">all</option>
                    {OUTCOMES.map((outcome) => (
                        <option key={outcome} value={outcome}>
                            {outcome}
                        </option>
                    ))}
                </select>
            </label>
            <label>
                Order
                <select value={order} onChange={(event) => setOrder(event.currentTarget.value as Order)}>
                    {Object.entries(ORDERS).map(([key, name]) => (
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

function TimeButtons({ range, all, setRange }: Pick<Props, "range" | "all" | "setRange">) {
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
            <button type="button" disabled={isAll} onClick={() => setRange(all)}>
                Whole run
            </button>
            <span class="range">
                {clockTime(range.from)} to {clockTime(range.to)}
            </span>
        </div>
    );
}
