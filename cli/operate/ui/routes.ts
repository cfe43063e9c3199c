/** What the page asks for, each by its route. All of it is asked of the commands' own code. */
import { CommandError } from "../../lib/command-error.ts";
import { EXIT } from "../../lib/exit-codes.ts";
import type { LiveLetters, LiveStory } from "../../page/live-data.ts";
import { failed, showFailed } from "../failed.ts";
import type { Session } from "../session.ts";
import { why } from "../why.ts";
import { Changes } from "./changes.ts";
import { documentFrom } from "./commands.ts";
import type { Refusal } from "./guard.ts";
import { Reader } from "./reader.ts";
import type { Timing } from "./reader.ts";
import type { PageOptions } from "./server.ts";

/** Characters of a body that are shown. */
const MAX_BODY = 4096;

/** A page shows causes to the person who asks for them. It escapes them. */
const SHOWN = { bodies: true };

type Asked = Readonly<Record<string, unknown>>;

export class Routes {
    private readonly session: Session;
    private readonly options: PageOptions;
    private readonly reader: Reader;
    private readonly changes: Changes;

    constructor(session: Session, options: PageOptions, timing: Omit<Timing, "interval">) {
        this.session = session;
        this.options = options;
        this.reader = new Reader(session, { interval: options.interval * 1000, ...timing });
        this.changes = new Changes(session, timing.passed);
    }

    async answer(route: string, asked: Asked): Promise<object> {
        switch (route) {
            case "GET /api/pool":
                return this.reader.answer();
            case "GET /api/why":
                return documentFrom<LiveStory>(this.session, (own) =>
                    why(own, textOf(asked["message"]), SHOWN),
                );
            case "POST /api/letters":
                return documentFrom<LiveLetters>(this.session, (own) => failed(own, SHOWN));
            case "POST /api/body":
                if (!this.options.bodies) return refuse("no-bodies", "Bodies are shown with --bodies only.");
                return this.bodyOfLetter(textOf(asked["message"]));
            case "POST /api/change":
                if (this.options.readOnly) return refuse("read-only", "This page changes nothing.");
                return this.changes.begin(asked);
            case "POST /api/answer":
                if (this.options.readOnly) return refuse("read-only", "This page changes nothing.");
                return this.decide(asked);
            default:
                return refuse("no-such-page", "There is nothing here.", 404);
        }
    }

    close(): Promise<void> {
        return this.changes.close();
    }

    private async decide({ question, yes }: Asked): Promise<object> {
        try {
            return await this.changes.answer(textOf(question), yes === true);
        } finally {
            this.reader.expire();
        }
    }

    private async bodyOfLetter(id: string): Promise<object> {
        const { letter } = await documentFrom<{ letter: { body: string } }>(this.session, (own) =>
            showFailed(own, id, SHOWN),
        );
        return { body: letter.body.slice(0, MAX_BODY), isCut: letter.body.length > MAX_BODY };
    }
}

function refuse(code: string, message: string, status = 403): Refusal {
    return { status, code, message };
}

function textOf(value: unknown): string {
    if (typeof value === "string") return value;
    throw new CommandError("wrong-request", "A text is missing.", { exitCode: EXIT.usage });
}
