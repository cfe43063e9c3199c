/** What this program had before: the bucket with the sales of every region. */
import * as aws from "@pulumi/aws";

export const sales = new aws.s3.Bucket("sales");
