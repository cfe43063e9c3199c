/** The slots against the limit: a cell for each, while there are few enough to be seen. */
import { count } from "../../../lib/format.ts";
import type { LiveData, LiveSlot } from "../../live-data.ts";
import { wholeSeconds } from "../../live-messages.ts";

/** More slots than that are a bar. */
const MOST_CELLS = 50;

interface Props {
    readonly data: LiveData;
    readonly tell: (id: string) => void;
}

export function Slots({ data, tell }: Props) {
    const { slots, limit } = data;
    const all = Math.max(slots.length, limit ?? 0);
    return (
        <section aria-labelledby="slots-title">
            <h2 id="slots-title">Slots</h2>
            {all <= MOST_CELLS ? (
                <Cells data={data} tell={tell} all={all} />
            ) : (
                <Bar taken={slots.length} all={all} />
            )}
            {all === 0 && <p class="muted">There is no slot.</p>}
        </section>
    );
}

function Cells({ data, tell, all }: Props & { readonly all: number }) {
    const { slots, limit, now, usualSeconds } = data;
    return (
        <ol class="slots">
            {Array.from({ length: all }, (_, i) => {
                const slot = slots[i];
                const isOver = i >= (limit ?? 0);
                if (!slot)
                    return (
                        <li key={i} class="free">
                            free
                        </li>
                    );
                return (
                    <li key={slot.holder} class={isOver ? "taken over" : "taken"}>
                        <button type="button" onClick={() => tell(slot.message)}>
                            <strong>{slot.message.slice(0, 8)}</strong> <span>{slot.state}</span>
                            <span class="held">{heldText(slot, now, usualSeconds)}</span>
                            <Progress slot={slot} now={now} usual={usualSeconds} />
                            {isOver && <span class="why">above the limit</span>}
                        </button>
                    </li>
                );
            })}
        </ol>
    );
}

function heldText({ since }: LiveSlot, now: number, usual: number | undefined): string {
    if (since === undefined) return "since ?";
    const held = wholeSeconds(now - since);
    return usual === undefined ? held : `${held} of ~${wholeSeconds(usual * 1000)}`;
}

function Progress({
    slot: { since },
    now,
    usual,
}: {
    readonly slot: LiveSlot;
    readonly now: number;
    readonly usual: number | undefined;
}) {
    if (since === undefined || usual === undefined) return null;
    const share = Math.min(1, Math.max(0, (now - since) / 1000 / Math.max(usual, 0.001)));
    return (
        <span class="progress" aria-hidden="true">
            <span style={{ width: `${Math.round(share * 100)}%` }} />
        </span>
    );
}

function Bar({ taken, all }: { readonly taken: number; readonly all: number }) {
    return (
        <>
            <p>
                {count(taken)} of {count(all)} taken
            </p>
            <span class="progress large" aria-hidden="true">
                <span style={{ width: `${(100 * taken) / all}%` }} />
            </span>
        </>
    );
}
