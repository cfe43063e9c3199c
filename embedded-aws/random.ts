/** Each byte as two hexadecimal digits. */
const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/**
 * The one source of chance of the embedded AWS: a generator (sfc32) that gives the same numbers for the same seed.
 *
 *     const random = new Random(1);
 *     random.next(); //         0.37447000085376203, on every machine
 *     random.integer(1, 6); //  3, as thrown with a die
 */
export class Random {
    readonly seed: number;
    private a: number;
    private b: number;
    private c: number;
    private d = 1;

    /** @param seed any whole number; 64 bits of it count */
    constructor(seed: number) {
        this.seed = seed;
        this.a = 0x9e3779b9;
        this.b = seed | 0;
        this.c = Math.floor(seed / 0x100000000) | 0;
        for (let i = 0; i < 15; i++) this.uint32();
    }

    /** A number in [0, 1). */
    next(): number {
        return this.uint32() / 0x100000000;
    }

    /** A number in [low, high). */
    between(low: number, high: number): number {
        return low + this.next() * (high - low);
    }

    /** A whole number from low to high, both included. */
    integer(low: number, high: number): number {
        return low + Math.floor(this.next() * (high - low + 1));
    }

    /** A random (version 4) UUID in lower case. */
    uuid(): string {
        const hex = this.hex(32);
        const variant = "89ab"[this.integer(0, 3)] as string;
        return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
    }

    /** `length` hexadecimal digits in lower case. */
    hex(length: number): string {
        let digits = "";
        while (digits.length < length) {
            const number = this.uint32();
            digits +=
                (BYTES[number >>> 24] as string) +
                (BYTES[(number >>> 16) & 255] as string) +
                (BYTES[(number >>> 8) & 255] as string) +
                (BYTES[number & 255] as string);
        }
        return digits.length === length ? digits : digits.slice(0, length);
    }

    /** The place in the sequence: it moves with each number that is drawn. */
    get place(): number {
        return this.d;
    }

    /** Remembers the place in the sequence. The returned function goes back there. */
    mark(): () => void {
        const { a, b, c, d } = this;
        return () => {
            this.a = a;
            this.b = b;
            this.c = c;
            this.d = d;
        };
    }

    private uint32(): number {
        const t = (((this.a + this.b) | 0) + this.d) | 0;
        this.d = (this.d + 1) | 0;
        this.a = this.b ^ (this.b >>> 9);
        this.b = (this.c + (this.c << 3)) | 0;
        this.c = (this.c << 21) | (this.c >>> 11);
        this.c = (this.c + t) | 0;
        return t >>> 0;
    }
}
