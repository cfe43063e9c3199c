/** A deployed stack, wherever it is: the same calls of AWS's API reach it. */

/** A run of the Glue job as it was seen from within, not as Glue tells it. */
export interface SeenRun {
    readonly id: string;
    readonly arguments: Readonly<Record<string, string>>;
    /** Milliseconds since 1970, by the site's clock. */
    readonly started: number;
    readonly ended: number | undefined;
    /** What the script printed. */
    readonly printed: string;
}

export interface Site {
    /** One of the stack's outputs, as it is there. */
    readonly output: (name: string) => string;
    /** Calls a service as whoever deployed the stack; for example ("sqs", "SendMessage", …). */
    call<T>(service: ServiceName, operation: string, input: object): Promise<T>;
    /** Runs in the order of their start. */
    runs(): Promise<readonly SeenRun[]>;
    /** Lets a moment go by; false once the site has had its time. */
    pass(): Promise<boolean>;
    /** What helps to see why something did not come. */
    log(): Promise<string>;
    close(): Promise<void>;
}

export type ServiceName = "dynamodb" | "glue" | "sqs" | "states";
