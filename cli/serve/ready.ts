/** What `turnstile serve` prints when it is ready: lines to paste, and how to begin. */
import type { Credentials } from "../../embedded-aws/index.ts";
import type { ServeOptions } from "./options.ts";

export interface Ready {
    readonly url: string;
    readonly region: string;
    readonly keys: Credentials;
    readonly operator: object;
    /** The file with the operator output. */
    readonly file: string;
    readonly options: ServeOptions;
    /** The address of the live page, with its key. */
    readonly page: string;
    readonly state?: Kept | undefined;
}

/** A stack that is kept. */
export interface Kept {
    readonly directory: string;
    /** How many calls were brought back. */
    readonly broughtBack: number;
}

export function readyText({ url, region, keys, operator, file, options, page, state }: Ready): string {
    const { limit, queueUrl } = operator as { limit?: number; queueUrl?: string };
    const pace = options.speed === 1 ? "real time" : `${options.speed} times real time`;
    return `Turnstile · stack ${options.stack} · ${region} · limit ${limit ?? "?"} · ${pace}

Look at it in a browser on this machine:
  ${page}
Paste into another terminal:
  ${exportLine({ AWS_ENDPOINT_URL: url })}
  ${exportLine({ AWS_REGION: region, AWS_DEFAULT_REGION: region })}
  ${exportLine({ AWS_ACCESS_KEY_ID: keys.accessKeyId })}
  ${exportLine({ AWS_SECRET_ACCESS_KEY: keys.secretAccessKey })}
  ${exportLine({ TURNSTILE_OPERATOR: file })}
Then, for example:
  npm run turnstile -- status
  aws sqs send-message --endpoint-url $AWS_ENDPOINT_URL --message-group-id a \\
    --message-body '{"arguments": {}}' --queue-url \\
    ${queueUrl ?? "?"}

${endText(state)}
`;
}

function endText(state: Kept | undefined): string {
    if (!state) return "Ctrl-C ends it, and everything that was sent or started here.";
    const back = state.broughtBack === 0 ? "" : ` ${state.broughtBack} calls were brought back from there.`;
    return `Kept in ${state.directory}.${back}\nCtrl-C ends it; the same command goes on from there.`;
}

export function readyJson({ url, region, keys, operator, file, page, state }: Ready): string {
    const env = {
        AWS_ENDPOINT_URL: url,
        AWS_REGION: region,
        AWS_DEFAULT_REGION: region,
        AWS_ACCESS_KEY_ID: keys.accessKeyId,
        AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
        TURNSTILE_OPERATOR: file,
    };
    const kept = state && { directory: state.directory, broughtBack: state.broughtBack };
    return `${JSON.stringify({ format: "turnstile.serve/1.0", env, operator, page, state: kept })}\n`;
}

function exportLine(variables: Readonly<Record<string, string>>): string {
    const assigned = Object.entries(variables).map(([name, value]) => `${name}=${quoted(value)}`);
    return `export ${assigned.join(" ")}`;
}

/** A word of the shell. */
function quoted(value: string): string {
    return /^[\w./:@-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}
