package dev.capstan.checkpoints;

import dev.capstan.schemas.records.ReloadEvent;

/** Told of every attempt to serve a version, after it ended, on the follower's thread. */
@FunctionalInterface
public interface ReloadListener {
    void reloaded(ReloadEvent event);
}
