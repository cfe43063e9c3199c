/** Ends a plugin whose engine was killed: nobody else would. */
const parent = process.ppid;

setInterval(() => {
    if (process.ppid !== parent) process.exit();
}, 500).unref();
