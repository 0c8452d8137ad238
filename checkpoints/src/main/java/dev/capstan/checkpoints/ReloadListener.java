package dev.capstan.checkpoints;

import dev.capstan.schemas.records.LiveVersion;
import dev.capstan.schemas.records.ReloadEvent;
import org.apache.kafka.common.header.Headers;

/** Told of every attempt to serve a version, on the follower's thread. */
@FunctionalInterface
public interface ReloadListener {
    /** An attempt ended. */
    void reloaded(ReloadEvent event);

    /**
     * An attempt begins: the manifest is there and nothing of the tensors is. Not called where already the manifest cannot be had.
     *
     * @param manifest headers of the manifest's record
     */
    default void beginning(LiveVersion live, Headers manifest) {}
}
