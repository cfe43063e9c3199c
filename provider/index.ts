/** What Pulumi's schema generator starts from: the components that programs in other languages can use. */
export { JobQueue } from "../components/job-queue.ts";
