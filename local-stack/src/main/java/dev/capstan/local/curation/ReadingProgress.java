package dev.capstan.local.curation;

/** Told from time to time how far a topic has been read. */
public interface ReadingProgress {

    /** Tells nobody. */
    ReadingProgress SILENT = (topic, read, all) -> {};

    /**
     * @param read offsets passed so far, transaction markers among them
     * @param all offsets to pass
     */
    void at(String topic, long read, long all);
}
