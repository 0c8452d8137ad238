package dev.capstan.platform;

/** A service that does nothing, ends at once, and says of itself what it is told to. */
record FixedService(boolean isReady, boolean isLive) implements Service {
    @Override
    public void start() {}

    @Override
    public int awaitTermination() {
        return 0;
    }

    @Override
    public void close() {}
}
