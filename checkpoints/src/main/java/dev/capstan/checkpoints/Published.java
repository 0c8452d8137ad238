package dev.capstan.checkpoints;

import dev.capstan.schemas.records.CheckpointManifest;

/**
 * A committed checkpoint.
 *
 * @param manifest what was written
 * @param tensorsSent distinct tensors that the log lacked
 */
public record Published(CheckpointManifest manifest, int tensorsSent) {
    public long version() {
        return manifest.getLineage().getVersion();
    }

    /** Bytes of the tensors that the log lacked. */
    public long bytesPublished() {
        return manifest.getLineage().getBytesPublished();
    }
}
