package dev.capstan.ingest.fetch.hosts;

import java.time.Duration;

/**
 * How a host is treated.
 *
 * @param interval least time between the beginnings of two requests to a host ({@code host-interval})
 * @param concurrency requests to a host at once ({@code host-requests})
 * @param queueLength entries that may wait for a host ({@code host-queue})
 * @param maxWait longest wait for a host; what would wait longer is put off ({@code host-wait})
 */
public record HostLimits(Duration interval, int concurrency, int queueLength, Duration maxWait) {}
