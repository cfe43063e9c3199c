/** The limit, who changed it, and what one can do about it. */
import { count } from "../../../lib/format.ts";
import type { LiveData } from "../../live-data.ts";
import type { Wish } from "./change.tsx";

interface Props {
    readonly data: LiveData;
    /** Absent on a page that only shows. */
    readonly change: ((wish: Wish) => void) | undefined;
}

export function Limits({ data, change }: Props) {
    const { limit, configured, override, isPaused } = data;
    return (
        <div class="limits">
            <p>
                Limit <strong>{limit === null ? "none: no slot is granted" : count(limit)}</strong>
                {override !== undefined && `, configured ${configured ?? "?"}`}
                {/* Of a pause the sentence above has said it. */}
                {override !== undefined && !isPaused && `; changed ${override}`}
            </p>
            {change && (
                <div class="actions" role="group" aria-label="Change the limit">
                    {isPaused ? (
                        <button type="button" class="main" onClick={() => change({ command: "resume" })}>
                            Resume…
                        </button>
                    ) : (
                        <button type="button" onClick={() => change({ command: "pause" })}>
                            Pause…
                        </button>
                    )}
                    <button
                        type="button"
                        onClick={() => change({ command: "limit", limit: limit ?? configured ?? 1 })}
                    >
                        Another limit…
                    </button>
                    {override !== undefined && !isPaused && (
                        <button type="button" onClick={() => change({ command: "reset" })}>
                            As configured…
                        </button>
                    )}
                </div>
            )}
        </div>
    );
}
