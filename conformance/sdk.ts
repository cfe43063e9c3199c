/** Calls an operation of AWS's API by its name, with a client of the AWS SDK. */

interface Client {
    send(command: never): Promise<unknown>;
}

type CommandClass = new (input: object) => never;

/** @param sdk the module of the client, as imported with `import * as` */
export function send(sdk: object, client: Client, operation: string, input: object): Promise<unknown> {
    const Command = (sdk as Record<string, CommandClass>)[`${operation}Command`];
    if (!Command) throw new Error(`the SDK has no ${operation}Command`);
    return client.send(new Command(input));
}
