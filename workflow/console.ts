/** Addresses of AWS's console, by what an ARN says of its location: dead letters and notifications name an execution's page. */

const HOSTS: Readonly<Record<string, string>> = {
    aws: "console.aws.amazon.com",
    "aws-us-gov": "console.amazonaws-us-gov.com",
    "aws-cn": "console.amazonaws.cn",
};

/** The console's host in a partition. */
export function consoleHost(partition: string): string {
    return HOSTS[partition] ?? "console.aws.amazon.com";
}

/** In the location that an ARN names, the page `home` of the console and what follows its `#`. */
export function consoleUrl(arn: string, home: string, page: string): string {
    const [, partition = "aws", , region = ""] = arn.split(":");
    return `https://${region}.${consoleHost(partition)}/${home}?region=${region}#${page}`;
}

/** The page of an execution. */
export function executionConsole(arn: string): string {
    return consoleUrl(arn, "states/home", `/v2/executions/details/${arn}`);
}

/** The JSONata expression of the running execution's page. */
export function executionConsoleJsonata(partition: string): string {
    const region = "$split($states.context.Execution.Id, ':')[3]";
    const host = consoleHost(partition);
    return `'https://' & ${region} & '.${host}/states/home?region=' & ${region} & '#/v2/executions/details/' & $states.context.Execution.Id`;
}
