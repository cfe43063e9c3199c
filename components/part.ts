/** What the parts of a component share. */
import type * as pulumi from "@pulumi/pulumi";

export interface Part<Args> {
    /** The component, which is the parent of its resources. */
    readonly parent: pulumi.ComponentResource;
    /** The component's name, with which the names of its resources begin. */
    readonly name: string;
    readonly args: Args;
}
