/** A deployed stack on any implementation of AWS, reached by the same calls. */

/** A run of the Glue job as its script saw it, not as Glue reports it. */
export interface SeenRun {
    readonly id: string;
    readonly arguments: Readonly<Record<string, string>>;
    /** Milliseconds since 1970 on the site's clock. */
    readonly started: number;
    readonly ended: number | undefined;
    /** What the script printed. */
    readonly printed: string;
}

export interface Site {
    /** An output of the stack. */
    readonly output: (name: string) => string;
    /** Calls a service as the user who deployed the stack; for example ("sqs", "SendMessage", …). */
    call<T>(service: ServiceName, operation: string, input: object): Promise<T>;
    /** Runs in the order in which they started. */
    runs(): Promise<readonly SeenRun[]>;
    /** Lets some time pass. Returns false once the site's time is up. */
    pass(): Promise<boolean>;
    /** The log, to find out why something did not happen. */
    log(): Promise<string>;
    close(): Promise<void>;
}

export type ServiceName = "dynamodb" | "glue" | "sqs" | "states";
