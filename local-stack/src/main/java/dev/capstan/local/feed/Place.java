package dev.capstan.local.feed;

/**
 * A place in a file.
 *
 * @param offset where reading can begin: a byte, a row or a record, as the format says
 * @param within how many results from there on lie before the place
 */
public record Place(long offset, long within) {
    /** The beginning of a file. */
    public static final Place START = new Place(0, 0);

    public Place {
        if (offset < 0 || within < 0) {
            throw new IllegalArgumentException("no place lies at " + offset + "+" + within);
        }
    }

    /** One result further, without a new place where reading can begin. */
    Place next() {
        return new Place(offset, within + 1);
    }

    @Override
    public String toString() {
        return within == 0 ? Long.toString(offset) : offset + "+" + within;
    }
}
