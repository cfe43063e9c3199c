/** The live page of the stack that is served: the one of `turnstile ui`, with the keys of this machine. */
import type { Credentials } from "../../embedded-aws/index.ts";
import type { Surroundings } from "../lib/surroundings.ts";
import type { Session } from "../operate/session.ts";
import { PageServer } from "../operate/ui/server.ts";

/** Seconds from one look to the next. */
const INTERVAL = 2;

export interface Served {
    /** The endpoint. */
    readonly url: string;
    readonly keys: Credentials;
    /** The stack's output `operator`, with the addresses of the endpoint. */
    readonly operator: object;
}

export class ServedPage {
    private readonly server: PageServer;
    private session: Session | undefined;

    constructor(served: Served, around: Surroundings) {
        const options = { port: 0, readOnly: false, bodies: false, interval: INTERVAL };
        this.server = new PageServer(options, {
            session: async () => (this.session = await sessionOf(served, around)),
        });
    }

    /** Returns its address. */
    async listen(): Promise<string> {
        await this.server.listen();
        return this.server.address;
    }

    async close(): Promise<void> {
        await this.server.close();
        this.session?.aws.close();
    }
}

/** AWS clients take time to load, so they are loaded when somebody looks at the page. */
async function sessionOf({ url, keys, operator }: Served, around: Surroundings): Promise<Session> {
    const [{ openSession }, { parseOperator }] = await Promise.all([
        import("../operate/session.ts"),
        import("../operate/operator.ts"),
    ]);
    const env = {
        AWS_ENDPOINT_URL: url,
        AWS_ACCESS_KEY_ID: keys.accessKeyId,
        AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    };
    return openSession(
        parseOperator(JSON.stringify(operator), "the stack"),
        { color: "never", endpointUrl: url },
        { ...around, env },
    );
}
