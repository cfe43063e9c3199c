/** What the parts of a component share: the component itself, which is the parent of their resources, and what it was made with. */
import type * as pulumi from "@pulumi/pulumi";

export interface Part<Args> {
    readonly parent: pulumi.ComponentResource;
    /** The component's name, with which the names of its resources begin. */
    readonly name: string;
    readonly args: Args;
}
