/** An example: a program that has a bucket of its own, and adds jobs that read and write it. */
import { sales } from "./data.ts";
import { addJobs } from "./jobs.ts";

export const salesBucket = sales.bucket;
export const { queueUrl, operator } = addJobs(sales);
