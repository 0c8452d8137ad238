package dev.capstan.local.curation;

/** The topics of curation cannot be read or written; the message says why and what helps. */
public final class CurationException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CurationException(String message) {
        super(message);
    }
}
