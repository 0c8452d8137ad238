package dev.capstan.checkpoints;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/** Where a {@link CheckpointFollower} stands. */
public enum FollowerState {
    /** No live record of the model was seen yet. */
    WAITING,
    /** A live record asks for a version that is not served: it is fetched, verified, built and warmed. */
    LOADING,
    /** What the live record asks for is served. */
    SERVING,
    /** The version asked for cannot be served; what was served still is. Only a new live record changes that. */
    HOLDING,
    /** The version asked for could not be had for a passing reason; tried again after a while or at a new live record. */
    BACKING_OFF,
    /** The follower's thread has ended, by close or by a bug. What was served is served until close. */
    STOPPED;

    private static final Map<FollowerState, Set<FollowerState>> NEXT = new EnumMap<>(Map.of(
            WAITING, EnumSet.of(LOADING, HOLDING, BACKING_OFF, STOPPED),
            LOADING, EnumSet.of(SERVING, HOLDING, BACKING_OFF, STOPPED),
            SERVING, EnumSet.of(SERVING, LOADING, HOLDING, BACKING_OFF, STOPPED),
            HOLDING, EnumSet.of(SERVING, LOADING, HOLDING, BACKING_OFF, STOPPED),
            BACKING_OFF, EnumSet.of(SERVING, LOADING, HOLDING, BACKING_OFF, STOPPED),
            STOPPED, EnumSet.noneOf(FollowerState.class)));

    boolean canBecome(FollowerState next) {
        return NEXT.getOrDefault(this, Set.of()).contains(next);
    }
}
