/** Lets a reader of the output stop reading, as `head` does: that is no error. */
export function letReadersStop(...streams: readonly NodeJS.WriteStream[]): void {
    for (const stream of streams) stream.on("error", ignoreBrokenPipe);
}

function ignoreBrokenPipe(error: NodeJS.ErrnoException): void {
    if (error.code !== "EPIPE") throw error;
}
