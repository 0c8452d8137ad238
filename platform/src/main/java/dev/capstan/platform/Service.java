package dev.capstan.platform;

/**
 * One long-running service. {@link ServiceMain} calls {@link #start} once from the main thread, {@link #awaitTermination}
 * from the main thread, {@link #close} once from a shutdown thread or the main thread, and the health checks from HTTP
 * threads.
 */
public interface Service extends AutoCloseable {
    /** Starts the service's threads and returns. */
    void start();

    /**
     * Waits until the service ended by itself or was closed.
     *
     * @return the process's exit code: 0 for an orderly end
     */
    int awaitTermination() throws InterruptedException;

    /** Whether the service does its work now. */
    boolean isReady();

    /** Whether the service makes progress; false asks for a restart. */
    boolean isLive();

    /** Stops within a bounded time and frees everything. */
    @Override
    void close();
}
