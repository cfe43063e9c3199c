/** Where a program is deployed: partition, region and account, and the addresses of AWS's console there. */
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { consoleUrl } from "../workflow/console.ts";

export interface Location {
    readonly partition: pulumi.Output<string>;
    readonly region: pulumi.Output<string>;
    readonly account: pulumi.Output<string>;
    /** The end of the partition's domain names, such as `amazonaws.com`. */
    readonly dnsSuffix: pulumi.Output<string>;
}

/** Where a component's children are deployed, as the component's own provider says. */
export function locationOf(component: pulumi.ComponentResource): Location {
    const options = { parent: component };
    const partition = aws.getPartitionOutput({}, options);
    return {
        partition: partition.partition,
        dnsSuffix: partition.dnsSuffix,
        region: aws.getRegionOutput({}, options).region,
        account: aws.getCallerIdentityOutput({}, options).accountId,
    };
}

/** An ARN in a location. */
export function arnIn(
    location: Location,
    service: string,
    resource: pulumi.Input<string>,
): pulumi.Output<string> {
    return pulumi.interpolate`arn:${location.partition}:${service}:${location.region}:${location.account}:${resource}`;
}

/** A resource's page in AWS's console: the page `home` in the location that `arn` names, and what follows its `#`. */
export function consolePage(
    arn: pulumi.Input<string>,
    home: string,
    page: pulumi.Input<string>,
): pulumi.Output<string> {
    return pulumi.all([orNothing(arn), page]).apply(([text, hash]) => consoleUrl(text, home, hash));
}

/** What AWS assigns, such as an ARN. With the usual mocks of Pulumi, a program's unit tests have none. */
export function orNothing(assigned: pulumi.Input<string>, instead = ""): pulumi.Output<string> {
    return pulumi.output(assigned as pulumi.Input<string | undefined>).apply((text) => text ?? instead);
}

/** A pattern of the ARNs of a machine's executions. */
export function executionsOf(machineArn: pulumi.Output<string>): pulumi.Output<string> {
    return orNothing(machineArn).apply((arn) => `${arn.replace(":stateMachine:", ":execution:")}:*`);
}
