package dev.capstan.local.feed;

/** Hears how a feed goes, on its thread. */
public interface FeedListener {
    /** Something was passed over. */
    void passedOver(Found.PassedOver problem);

    /**
     * A commit was made.
     *
     * @param counts since the feed first began
     * @param at file and place
     */
    void committed(FeedCounts counts, String at);

    /** The feed waits, or goes on again. */
    void waiting(String why);
}
