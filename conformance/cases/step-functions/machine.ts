/** Definitions of machines, and the answers of the services that they call. */

/** The answer of a service: an output, or the name of an error with a message. */
export type Answer = { readonly output?: unknown; readonly error?: string; readonly message?: string };

/** A definition in JSONata whose first state is the first one given. */
export function machine(states: Record<string, unknown>, top: Record<string, unknown> = {}): object {
    return { QueryLanguage: "JSONata", StartAt: Object.keys(states)[0], States: states, ...top };
}
