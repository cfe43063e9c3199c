/** How SDK clients speak to EventBridge. */
import type { Protocol } from "../../service.ts";

export const PROTOCOL: Protocol = {
    target: "AWSEvents",
    version: "1.1",
    decode: (body) => {
        const input = JSON.parse(body) as Record<string, unknown>;
        if (!Array.isArray(input["Entries"])) return input;
        for (const entry of input["Entries"] as Record<string, unknown>[]) {
            if (typeof entry["Time"] === "number") entry["Time"] = new Date(entry["Time"] * 1000);
        }
        return input;
    },
};
