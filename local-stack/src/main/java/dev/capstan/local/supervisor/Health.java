package dev.capstan.local.supervisor;

/**
 * What a health probe saw.
 *
 * @param ready whether the process can do its work
 * @param detail one sentence for a person
 */
public record Health(boolean ready, String detail) {
    /** The process can do its work. */
    public static Health ok() {
        return new Health(true, "ready");
    }

    /** The process cannot do its work yet, or no longer. */
    public static Health notYet(String detail) {
        return new Health(false, detail);
    }
}
