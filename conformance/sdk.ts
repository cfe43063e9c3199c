/** Calls operations of AWS's API by their names, with AWS's own clients. */

interface Client {
    send(command: never): Promise<unknown>;
}

type CommandClass = new (input: object) => never;

/** @param sdk the module that the client is from, as it is imported */
export function send(sdk: object, client: Client, operation: string, input: object): Promise<unknown> {
    const Command = (sdk as Record<string, CommandClass>)[`${operation}Command`];
    if (!Command) throw new Error(`the SDK has no ${operation}Command`);
    return client.send(new Command(input));
}
